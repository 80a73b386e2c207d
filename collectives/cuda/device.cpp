#include "collectives/cuda/device.hpp"

#include <dlfcn.h>

#include <array>

#include "collectives/contents.hpp"
#include "collectives/cuda/load.hpp"
#include "collectives/module.hpp"
#include "kernels/fill.hpp"

namespace longhaul {
namespace {

void free_device(void* memory) { cudaFree(memory); }

/// At least one byte, so that buffers of no elements have an address too.
Buffer device_memory(std::size_t bytes) {
  void* memory = nullptr;
  if (const auto error = cudaMalloc(&memory, bytes + 1); error != cudaSuccess) {
    cudaGetLastError();
    throw EnvironmentError("cannot allocate {} of GPU memory for a buffer: {}; use smaller sizes",
                           format_bytes({bytes}), cudaGetErrorString(error));
  }
  return {memory, &free_device};
}

const std::byte* at(const void* buffer, DataType type, std::size_t element) {
  return static_cast<const std::byte*>(buffer) + element * size_of(type);
}

}  // namespace

int device_of(const DeviceRequest& request, int devices) {
  if (devices < 1)
    throw EnvironmentError("rank {} sees no CUDA device; check nvidia-smi and CUDA_VISIBLE_DEVICES", request.rank);
  if (devices == 1) return 0;  // a launcher gave each rank its own; that they differ is checked over all ranks
  if (request.local_rank >= devices)
    throw EnvironmentError(
        "rank {} is number {} of the {} ranks on its host, which shows {} CUDA devices; start at most one rank a "
        "device",
        request.rank, request.local_rank, request.local_ranks, devices);
  return request.local_rank;
}

CudaDevice::CudaDevice(int number)
    : number_((check_cuda(cudaSetDevice(number), "cudaSetDevice"), number)),
      tally_(device_memory(sizeof(device::Tally))) {
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, number_), "cudaGetDeviceProperties");
  name_ = properties.name;
  cache_ = static_cast<std::size_t>(properties.l2CacheSize);
  std::array<char, 32> bus{};
  check_cuda(cudaDeviceGetPCIBusId(bus.data(), bus.size(), number_), "cudaDeviceGetPCIBusId");
  place_ = bus.data();
  nvml_.emplace(place_);
}

DeviceState CudaDevice::state() { return nvml_->state(); }

std::unique_ptr<BackgroundLoad> CudaDevice::start_load(unsigned steps) {
  const std::size_t bytes = 2 * cache_;  // few steps are to load the memory, not the cache
  return std::make_unique<CudaLoad>(number_, device_memory(bytes), bytes / sizeof(float), steps);
}

std::string CudaDevice::name() const { return name_; }
std::string CudaDevice::place() const { return place_; }
bool CudaDevice::is_double() const {
  return dlsym(RTLD_DEFAULT, "longhaul_cuda_double") != nullptr || name_.ends_with("double");
}

Buffers CudaDevice::allocate(const Point& point, int rank, Memory memory) {
  return lay_out(point, rank, memory != nullptr ? memory : &device_memory);
}

Buffer CudaDevice::scratch(std::size_t bytes) { return device_memory(bytes); }

void CudaDevice::copy(void* to, const void* from, std::size_t bytes) {
  check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_.get()), "cudaMemcpyAsync");
  wait("copying a buffer");
}

void CudaDevice::combine(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) {
  constexpr const char* what = "combining buffers";
  check_launch([&] { device::reduce(stream_.get(), into, from, type, count, op); }, what);
  wait(what);
}

void CudaDevice::divide(void* data, DataType type, std::size_t count, int ranks) {
  constexpr const char* what = "dividing a buffer";
  check_launch([&] { device::divide(stream_.get(), data, type, count, ranks); }, what);
  wait(what);
}

void CudaDevice::wait(const char* what) const { check_cuda(cudaStreamSynchronize(stream_.get()), what); }

void CudaDevice::fill(const Point& point, const Buffers& buffers, int rank, unsigned round) {
  check_cuda(cudaMemsetAsync(buffers.receive, poison_byte, buffers.counts.receive * size_of(point.type), stream_.get()),
             "cudaMemsetAsync");
  const Stretch own = input(buffers.counts, rank);
  constexpr const char* what = "filling a buffer";
  check_launch(
      [&] {
        if (reduces(point.operation))
          device::fill_reduced(stream_.get(), buffers.send, point.type, own.count, point.op, rank, point.ranks,
                               own.first, round);
        else
          device::fill_copied(stream_.get(), buffers.send, point.type, own.count, rank, own.first, round);
      },
      what);
  wait(what);
}

std::optional<Mismatch> CudaDevice::verify(const Point& point, const Buffers& buffers, int rank, unsigned round) {
  std::optional<Mismatch> found;
  for (const Stretch& stretch : expected(point, buffers.counts, rank))
    join(found, verify_stretch(point, stretch, buffers, round), stretch);
  return found;
}

std::optional<Mismatch> CudaDevice::verify_stretch(const Point& point, const Stretch& stretch, const Buffers& buffers,
                                                   unsigned round) {
  const void* const data = at(buffers.receive, point.type, stretch.begin);
  auto* const tally = static_cast<device::Tally*>(tally_.get());
  device::Tally wrong{0, ~0ULL};
  const auto stream = stream_.get();
  check_cuda(cudaMemcpyAsync(tally, &wrong, sizeof wrong, cudaMemcpyHostToDevice, stream), "cudaMemcpyAsync");
  const auto averaging = averaging_of(point);
  constexpr const char* what = "verifying a buffer";
  check_launch(
      [&] {
        if (reduces(point.operation))
          device::verify_reduced(stream, data, point.type, stretch.count, point.op, point.ranks, stretch.first, round,
                                 averaging, tally);
        else
          device::verify_copied(stream, data, point.type, stretch.count, stretch.rank, stretch.first, round, tally);
      },
      what);
  check_cuda(cudaMemcpyAsync(&wrong, tally, sizeof wrong, cudaMemcpyDeviceToHost, stream), "cudaMemcpyAsync");
  wait(what);
  if (wrong.count == 0) return std::nullopt;

  // What was expected and what came: the host looks at that one element again.
  std::array<std::byte, 8> element{};
  check_cuda(cudaMemcpyAsync(element.data(), at(data, point.type, wrong.first), size_of(point.type),
                             cudaMemcpyDeviceToHost, stream),
             "cudaMemcpyAsync");
  wait("reading a wrong element");
  const Stretch one{0, 1, stretch.rank, stretch.first + wrong.first};
  auto mismatch = compare_stretch(point, one, element.data(), round).value_or(Mismatch{});
  mismatch.offset = wrong.first;
  mismatch.wrong = wrong.count;
  return mismatch;
}

}  // namespace longhaul
