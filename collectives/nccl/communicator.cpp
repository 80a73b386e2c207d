#include "collectives/nccl/communicator.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <list>
#include <map>
#include <thread>

#include "collectives/cuda/graph.hpp"
#include "collectives/nccl/debug_log.hpp"
#include "collectives/nccl/flat.hpp"
#include "collectives/nccl/guard.hpp"
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
/// Configurations whose communicators stay for the visits to come; each takes its share of the GPU's memory.
constexpr std::size_t most_kept = 4;

int current_device() {
  int number = 0;
  check_cuda(cudaGetDevice(&number), "cudaGetDevice");
  return number;
}

void free_nccl(void* memory) { ncclMemFree(memory); }
void free_device(void* memory) { cudaFree(memory); }

Buffer nccl_memory(std::size_t bytes) {
  void* memory = nullptr;
  if (ncclMemAlloc(&memory, bytes + 1) != ncclSuccess)
    throw EnvironmentError("ncclMemAlloc cannot give {} for a buffer; use smaller sizes", format_bytes({bytes}));
  return {memory, &free_nccl};
}

/// NCCL lets the environment win over ncclConfig, without a word (src/init.cc, envConfigOverride).
void require_effect(const NcclSettings& settings) {
  const auto require_unset = [](bool wanted, const char* setting, const char* variable) {
    const char* const told = std::getenv(variable);
    if (wanted && told != nullptr && *told != '\0')
      throw UsageError(
          "nccl setting '{}' has no effect while {}={} is set, which NCCL puts above it; unset one of them", setting,
          variable, told);
  };
  require_unset(!settings.net.empty(), "net", "NCCL_NET");
  require_unset(settings.min_ctas.has_value(), "min_ctas", "NCCL_MIN_CTAS");
  require_unset(settings.max_ctas.has_value(), "max_ctas", "NCCL_MAX_CTAS");
}

Buffer staging_memory() {
  void* memory = nullptr;
  check_cuda(cudaMalloc(&memory, staged_bytes), "cudaMalloc");
  return {memory, &free_device};
}

}  // namespace

struct NcclCommunicator::State {
  explicit State(const NcclRequest& asked)
      : request(asked),
        layout(*asked.layout),
        hierarchy(layout, asked.rank, asked.chunk_bytes),
        device(current_device()),
        guard(asked.deadline, [this] { return strike(); }) {
    guarded([this] {
      make_base();
      base_paths.read(log.fresh());
      take(NcclSettings{});
    });
  }
  /// Communicators end while the guard looks after them still.
  ~State() {
    if (std::uncaught_exceptions() > 0) abort();  // and nothing is left to end below
    try {
      graph.destroy();
      registration.reset();
      for (nccl::Comm* const comm : every())
        if (!comm->empty()) guard.watch("ncclCommFinalize", [comm] { comm->close(); });
    } catch (const Error& error) {
      fmt::print(stderr, "longhaul: {}\n", error.what());
      abort();
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  struct Kept {
    std::string key;
    std::unique_ptr<nccl::Lanes> lanes;
  };

  NcclRequest request;
  Layout layout;
  nccl::Streams streams;
  nccl::Hierarchy hierarchy;
  Event begun{Event::Timing::yes}, ended{Event::Timing::yes};
  Buffer staging = staging_memory();
  nccl::Profiler profiler;
  nccl::DebugLog log;
  nccl::Paths base_paths;                           ///< those that NCCL made before any call
  std::map<std::string, nccl::Paths> paths_by_key;  ///< of the communicators of a configuration
  nccl::Comm base;
  std::list<Kept> kept;          ///< the latest first
  nccl::Lanes* lanes = nullptr;  ///< those in use
  NcclSettings settings;
  std::unique_ptr<nccl::Registration> registration;
  Graph graph;
  int device;
  nccl::Guard guard;  ///< ends before what it looks after

  /// NCCL reads where to log with its first call, and which profiler to load with a process's first communicator; it
  /// keeps both for as long as there is one. So the environment is left alone from here on, while its threads live.
  void make_base() {
    const auto hears_profiler = profiler.environment();
    const auto hears_log = log.environment();
    ncclUniqueId id{};
    if (request.rank == 0 && ncclGetUniqueId(&id) != ncclSuccess)
      throw EnvironmentError("ncclGetUniqueId failed: {}; check NCCL_SOCKET_IFNAME", nccl::last_error(nullptr));
    request.broadcast(request.context, &id, sizeof id);
    base = nccl::Comm(id, request.rank, layout.ranks(), request.deadline);
  }

  /// The communicators of these settings are those in use; made where they are not kept, which ends the ones that were
  /// not used for longest. Collective.
  void take(const NcclSettings& wanted) {
    settings = wanted;
    const auto key = wanted.communicator_key();
    const auto found = std::find_if(kept.begin(), kept.end(), [&](const Kept& one) { return one.key == key; });
    if (found != kept.end()) {
      kept.splice(kept.begin(), kept, found);
    } else {
      while (kept.size() >= most_kept) {
        guard.watch("ncclCommFinalize", [this] { kept.back().lanes->close(); });
        kept.pop_back();
      }
      kept.push_front({key, std::make_unique<nccl::Lanes>(base, request.rank, layout, wanted)});
    }
    lanes = kept.front().lanes.get();
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
      check_launch([&] { device::divide(main, call.receive, call.type, call.count, layout.ranks()); },
                   "dividing for avg");
  }

  void start(const Call& call) {
    if (graph.empty())
      enqueue(call);
    else
      graph.launch(streams.main.get());
  }

  /// In an order that is the same on all ranks.
  std::vector<nccl::Comm*> every() {
    std::vector<nccl::Comm*> all;
    for (auto& one : kept)
      for (nccl::Comm* const comm : one.lanes->every()) all.push_back(comm);
    all.push_back(&base);
    return all;
  }

  /// NCCL's own words on the last error.
  std::string reason() {
    for (const nccl::Comm* const comm : every())
      if (auto why = comm->reason(); !why.empty() && why != nccl::no_reason) return why;
    return nccl::no_reason;
  }

  /// The graph goes first: ncclCommAbort waits until none holds the communicator any more (src/init.cc,
  /// commDestroySync, localPersistentRefs).
  void abort() noexcept {
    graph.give_up();
    nccl::abort_all(every());
  }

  /// On the guard's thread, while this object's own is within a call of NCCL's.
  std::string strike() {
    cudaSetDevice(device);
    auto why = reason();
    abort();
    return why;
  }

  /// Until the event is reached; looks for errors meanwhile.
  void wait(const char* what, const nccl::Patience& patience) {
    for (int looks = 1;; ++looks) {
      const auto state = cudaEventQuery(ended.get());
      if (state == cudaSuccess) return;
      if (state != cudaErrorNotReady) check_cuda(state, what);
      if (looks % looks_between_questions == 0) {
        lanes->expect_no_error();
        if (patience.over())
          throw HangError(
              fmt::format("{} has not ended within {}; {}", what, format_duration(request.deadline), reason()));
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

  /// Work put on the main stream, and waited for.
  template <class Put>
  void put_and_wait(const char* what, const Put& put) {
    guarded([&] {
      const nccl::Patience patience(request.deadline);
      guard.watch(what, put);
      ended.record(streams.main.get());
      wait(what, patience);
    });
  }

  void do_times(const Call& call, int times) {
    put_and_wait(name_of(call.operation).c_str(), [&] {
      begun.record(streams.main.get());
      for (int i = 0; i < times; ++i) start(call);
    });
  }
};

NcclCommunicator::NcclCommunicator(const NcclRequest& request) {
  nccl::require_supported();
  state_ = std::make_unique<State>(request);
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
  const auto wanted = parse_nccl_settings(settings);
  nccl::require_settings(wanted);
  require_effect(wanted);
  my.guarded([&] {
    my.take(wanted);
    my.lanes->make_for(call);
    my.guard.watch("setting up a call", [&] {
      if (wanted.registered || wanted.window)
        my.registration = std::make_unique<nccl::Registration>(my.lanes->users_of(call, wanted.window), call,
                                                               my.layout.ranks(), wanted.window);
      if (wanted.graph) my.graph.capture(my.streams.main.get(), [&] { my.enqueue(call); });
    });
  });
}

void NcclCommunicator::end() {
  State& my = *state_;
  my.graph.destroy();
  my.guarded([&] {
    my.guard.watch("giving up registered buffers", [&] {
      if (my.registration) my.registration->release();
    });
  });
  my.registration.reset();
}

void NcclCommunicator::run(const Call& call) { state_->do_times(call, 1); }
void NcclCommunicator::run_back_to_back(const Call& call, int times) { state_->do_times(call, times); }

std::optional<Observation> NcclCommunicator::observe(const Call& call) {
  State& my = *state_;
  my.profiler.watch();
  my.put_and_wait(name_of(call.operation).c_str(), [&] { my.enqueue(call); });
  const auto seen = my.profiler.notes();
  // Connections are made by the first calls that need them, so that they are logged after the communicator is there.
  auto& paths = my.paths_by_key.try_emplace(my.settings.communicator_key(), my.base_paths.devices()).first->second;
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
  my.put_and_wait("send", [&] {
    auto& all = my.lanes->all;
    check_cuda(cudaMemcpyAsync(my.staging.get(), data, bytes, cudaMemcpyHostToDevice, stream), "cudaMemcpyAsync");
    all.expect(ncclSend(my.staging.get(), bytes, ncclInt8, peer, all.get(), stream), "ncclSend");
  });
}

void NcclCommunicator::receive(int peer, void* data, std::size_t bytes) {
  State& my = *state_;
  const auto stream = my.streams.main.get();
  my.put_and_wait("receive", [&] {
    auto& all = my.lanes->all;
    all.expect(ncclRecv(my.staging.get(), bytes, ncclInt8, peer, all.get(), stream), "ncclRecv");
    check_cuda(cudaMemcpyAsync(data, my.staging.get(), bytes, cudaMemcpyDeviceToHost, stream), "cudaMemcpyAsync");
  });
}

/// The stream keeps them in order, so that the host is not between the two.
void NcclCommunicator::there_and_back(int peer, bool first, const void* out, void* in, std::size_t bytes) {
  State& my = *state_;
  const auto stream = my.streams.main.get();
  my.put_and_wait("send_recv", [&] {
    auto& all = my.lanes->all;
    const auto send = [&] { all.expect(ncclSend(out, bytes, ncclInt8, peer, all.get(), stream), "ncclSend"); };
    if (first) send();
    all.expect(ncclRecv(in, bytes, ncclInt8, peer, all.get(), stream), "ncclRecv");
    if (!first) send();
  });
}

}  // namespace longhaul
