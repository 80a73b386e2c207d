#include "collectives/nccl/communicator.hpp"

#include <dlfcn.h>

#include <map>
#include <thread>

#include "collectives/cuda/graph.hpp"
#include "collectives/nccl/debug_log.hpp"
#include "collectives/nccl/flat.hpp"
#include "collectives/nccl/hierarchical.hpp"
#include "collectives/nccl/paths.hpp"
#include "collectives/nccl/patience.hpp"
#include "collectives/nccl/profiler.hpp"
#include "collectives/nccl/registration.hpp"
#include "collectives/nccl/version.hpp"
#include "kernels/device.hpp"

namespace longhaul {
namespace {

constexpr std::size_t staged_bytes = 4096;
/// Asking NCCL for errors costs more than asking for an event.
constexpr int looks_between_questions = 64;

void free_nccl(void* memory) { ncclMemFree(memory); }
void free_device(void* memory) { cudaFree(memory); }

Buffer nccl_memory(std::size_t bytes) {
  void* memory = nullptr;
  if (ncclMemAlloc(&memory, bytes + 1) != ncclSuccess)
    throw EnvironmentError("ncclMemAlloc cannot give {} for a buffer; use smaller sizes", format_bytes({bytes}));
  return {memory, &free_nccl};
}

Buffer staging_memory() {
  void* memory = nullptr;
  check_cuda(cudaMalloc(&memory, staged_bytes), "cudaMalloc");
  return {memory, &free_device};
}

}  // namespace

struct NcclCommunicator::State {
  explicit State(const NcclRequest& asked)
      : request(asked), layout(*asked.layout), hierarchy(layout, asked.rank, asked.chunk_bytes) {}

  NcclRequest request;
  Layout layout;
  nccl::Streams streams;
  nccl::Hierarchy hierarchy;
  Event begun{Event::Timing::yes}, ended{Event::Timing::yes};
  Buffer staging = staging_memory();
  nccl::Profiler profiler;
  nccl::DebugLog log;
  std::map<std::string, nccl::Paths> paths_by_key;  ///< of the communicators of lanes_by_key
  std::map<std::string, std::unique_ptr<nccl::Lanes>> lanes_by_key;
  nccl::Lanes* lanes = nullptr;  ///< those in use
  NcclSettings settings;
  std::unique_ptr<nccl::Registration> registration;
  std::unique_ptr<Graph> graph;

  nccl::Lanes& lanes_for(const NcclSettings& wanted) {
    auto& found = lanes_by_key[wanted.communicator_key()];
    if (found) return *found;
    const auto hears_profiler = profiler.environment();
    const auto hears_log = log.environment();
    ncclUniqueId id{};
    if (request.rank == 0 && ncclGetUniqueId(&id) != ncclSuccess)
      throw EnvironmentError("ncclGetUniqueId failed: {}; check NCCL_SOCKET_IFNAME", nccl::last_error(nullptr));
    request.broadcast(request.context, &id, sizeof id);
    found = std::make_unique<nccl::Lanes>(id, request.rank, layout, wanted, request.deadline);
    return *found;
  }

  void enqueue(const Call& call) {
    const auto main = streams.main.get();
    if (call.algorithm == Algorithm::flat) return nccl::enqueue_flat(lanes->all, call, main);
    if (layout.site_count() > 1) return hierarchy.enqueue(*lanes, streams, call);
    // One site: the hierarchy has one level. avg sums and divides once there, too.
    Call flat = call;
    if (call.op == ReduceOp::avg) flat.op = ReduceOp::sum;
    nccl::enqueue_flat(lanes->all, flat, main);
    if (call.op == ReduceOp::avg && reduces(call.operation))
      device::divide(main, call.receive, call.type, call.count, layout.ranks());
  }

  void start(const Call& call) {
    if (graph)
      graph->launch(streams.main.get());
    else
      enqueue(call);
  }

  void abort() noexcept {
    for (auto& [key, each] : lanes_by_key)
      if (each) each->abort();
  }

  /// Until the event is reached; looks for errors meanwhile.
  void wait(const char* what) {
    const nccl::Patience patience(request.deadline);
    for (int looks = 1;; ++looks) {
      const auto state = cudaEventQuery(ended.get());
      if (state == cudaSuccess) return;
      if (state != cudaErrorNotReady) check_cuda(state, what);
      if (looks % looks_between_questions == 0) {
        lanes->expect_no_error();
        if (patience.over())
          throw HangError(fmt::format("{} has not ended within {}", what, format_duration(request.deadline)));
      }
      std::this_thread::yield();
    }
  }

  /// Whatever goes wrong, no kernel spins on.
  template <class Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (...) {
      abort();
      throw;
    }
  }

  void do_times(const Call& call, int times) {
    guarded([&] {
      begun.record(streams.main.get());
      for (int i = 0; i < times; ++i) start(call);
      ended.record(streams.main.get());
      wait(name_of(call.operation).c_str());
    });
  }
};

NcclCommunicator::NcclCommunicator(const NcclRequest& request) {
  nccl::require_supported();
  state_ = std::make_unique<State>(request);
  state_->lanes = &state_->lanes_for({});
}

NcclCommunicator::~NcclCommunicator() = default;

int NcclCommunicator::rank() const { return state_->request.rank; }
int NcclCommunicator::size() const { return state_->layout.ranks(); }
std::string NcclCommunicator::backend() const { return "nccl"; }
std::string NcclCommunicator::library() const { return nccl::library_name(); }
bool NcclCommunicator::is_double() const { return nccl::library_is_double(); }

Memory NcclCommunicator::memory(const std::string& settings) const {
  const auto wanted = parse_nccl_settings(settings);
  return wanted.registered || wanted.window ? &nccl_memory : nullptr;
}

void NcclCommunicator::begin(const Call& call, const std::string& settings) {
  State& my = *state_;
  nccl::require_type(call.type);
  my.settings = parse_nccl_settings(settings);
  nccl::require_settings(my.settings);
  my.guarded([&] {
    my.lanes = &my.lanes_for(my.settings);
    if (my.settings.registered || my.settings.window)
      my.registration = std::make_unique<nccl::Registration>(my.lanes->all, call, my.settings.window);
    if (my.settings.graph) my.graph = std::make_unique<Graph>(my.streams.main.get(), [&] { my.enqueue(call); });
  });
}

void NcclCommunicator::end() {
  state_->graph.reset();
  state_->registration.reset();
}

void NcclCommunicator::run(const Call& call) { state_->do_times(call, 1); }
void NcclCommunicator::run_back_to_back(const Call& call, int times) { state_->do_times(call, times); }

std::optional<Observation> NcclCommunicator::observe(const Call& call) {
  State& my = *state_;
  my.profiler.watch();
  my.guarded([&] {
    my.enqueue(call);
    my.ended.record(my.streams.main.get());
    my.wait(name_of(call.operation).c_str());
  });
  const auto seen = my.profiler.notes();
  // Connections are made by the first calls that need them, so that they are logged after the communicator is there.
  auto& paths = my.paths_by_key[my.settings.communicator_key()];
  paths.read(my.log.fresh());
  const auto known = [](const char* text) { return std::string(*text == '\0' ? "unknown" : text); };
  return Observation{known(seen.algorithms), known(seen.protocols), paths.transports(), paths.nics(), seen.channels};
}

double NcclCommunicator::device_time() const {
  float milliseconds = 0;
  check_cuda(cudaEventElapsedTime(&milliseconds, state_->begun.get(), state_->ended.get()), "cudaEventElapsedTime");
  return static_cast<double>(milliseconds) * 1e-3;
}

void NcclCommunicator::send(int peer, const void* data, std::size_t bytes) {
  State& my = *state_;
  const auto stream = my.streams.main.get();
  my.guarded([&] {
    auto& all = my.lanes->all;
    check_cuda(cudaMemcpyAsync(my.staging.get(), data, bytes, cudaMemcpyHostToDevice, stream), "cudaMemcpyAsync");
    all.expect(ncclSend(my.staging.get(), bytes, ncclInt8, peer, all.get(), stream), "ncclSend");
    my.ended.record(stream);
    my.wait("send");
  });
}

void NcclCommunicator::receive(int peer, void* data, std::size_t bytes) {
  State& my = *state_;
  const auto stream = my.streams.main.get();
  my.guarded([&] {
    auto& all = my.lanes->all;
    all.expect(ncclRecv(my.staging.get(), bytes, ncclInt8, peer, all.get(), stream), "ncclRecv");
    check_cuda(cudaMemcpyAsync(data, my.staging.get(), bytes, cudaMemcpyDeviceToHost, stream), "cudaMemcpyAsync");
    my.ended.record(stream);
    my.wait("receive");
  });
}

}  // namespace longhaul
