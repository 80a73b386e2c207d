// Life of a communicator: unique ids, init, split, errors, end.
#include "communicator.hpp"

#include <cuda_runtime_api.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include "faults.hpp"
#include "log.hpp"

using namespace longhaul::doubles;

extern "C" bool longhaul_double_device_ends(int device, std::chrono::milliseconds limit);

namespace {

/// How long the end of a communicator waits for what a real one waits for without end: LONGHAUL_DOUBLE_PATIENCE_MS.
std::chrono::milliseconds patience() {
  const char* const told = std::getenv("LONGHAUL_DOUBLE_PATIENCE_MS");
  return std::chrono::milliseconds(told != nullptr ? std::atoi(told) : 10'000);
}

std::mutex live_mutex;
std::set<ncclComm_t>& live() {
  static auto* const all = new std::set<ncclComm_t>;
  return *all;
}

constexpr const char* dead = "a communicator that was never made, destroyed or aborted (UG, ncclCommDestroy)";

ncclResult_t judge_config(const ncclConfig_t* config) {
  if (config == nullptr) return ncclSuccess;
  if (config->magic != 0xcafebeef)  // UG, ncclConfig_t: "must be initialized by NCCL_CONFIG_INITIALIZER"
    return refuse(ncclInvalidArgument, "an ncclConfig_t without NCCL_CONFIG_INITIALIZER (UG, ncclConfig_t)");
  const bool given = config->minCTAs != NCCL_CONFIG_UNDEF_INT && config->maxCTAs != NCCL_CONFIG_UNDEF_INT;
  if (given && config->minCTAs > config->maxCTAs)
    return refuse(ncclInvalidArgument, "minCTAs is greater than maxCTAs (UG, ncclConfig_t)");
  return ncclSuccess;
}

/// As NCCL reads them: with the communicator.
Manner manner_of(const ncclConfig_t& config) {
  const auto told = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  return {told("NCCL_ALGO"), told("NCCL_PROTO"), config.maxCTAs == NCCL_CONFIG_UNDEF_INT ? 2 : config.maxCTAs};
}

void meet(const std::shared_ptr<ncclComm::State>& state, const Meeting& meeting) {
  const auto trouble = state->mesh.meet(meeting, state->rank, state->ranks, state->aborted);
  log_info("NET/Socket : Using [0]lo:127.0.0.1<0>");
  for (int peer = 0; peer < state->ranks; ++peer)
    if (peer != state->rank)
      log_info("Channel 00/0 : " + std::to_string(state->rank) + "[0] -> " + std::to_string(peer) +
               "[0] [send] via NET/Socket/0");
  if (trouble.empty())
    state->status = ncclSuccess;
  else
    state->fail(ncclSystemError, trouble);
}

/// As src/init.cc, commDestroySync, which waits while comm->localPersistentRefs is not 0.
void await_graphs(const ncclComm& comm, const char* call) {
  const auto end = std::chrono::steady_clock::now() + patience();
  while (comm.state->held.use_count() > 1) {
    if (std::chrono::steady_clock::now() > end) {
      refuse(ncclInternalError, std::string(call) + " waits for a graph that holds the communicator's calls: destroy " +
                                    "the graph first (UG, Using NCCL with CUDA Graphs)");
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// The fault 'linger'. A copy of the state, since the abort that ends it takes the communicator away.
// NOLINTNEXTLINE(performance-unnecessary-value-param): it is needed
bool lingered(const std::shared_ptr<ncclComm::State> state) {
  static std::atomic<long> ended{0};
  const auto& fault = planned_fault();
  if (fault.kind != "linger" || fault.rank != state->first_rank || ++ended != fault.number) return false;
  state->note("the double's lingering communicator");
  while (!state->aborted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return true;
}

/// LONGHAUL_DOUBLE_TELL_CONFIG: what each communicator was made with, for tests to read.
void tell_config(const ncclComm& comm) {
  if (std::getenv("LONGHAUL_DOUBLE_TELL_CONFIG") == nullptr) return;
  const auto number = [](int value) {
    return value == NCCL_CONFIG_UNDEF_INT ? std::string("unset") : std::to_string(value);
  };
  const auto& config = comm.config;
  const std::string net = config.netName != nullptr ? config.netName : "unset";
  const std::string text = "longhaul double: communicator of " + std::to_string(comm.state->ranks) +
                           ": blocking=" + number(config.blocking) + " minCTAs=" + number(config.minCTAs) +
                           " maxCTAs=" + number(config.maxCTAs) + " netName=" + net +
                           " trafficClass=" + number(config.trafficClass) + " NCCL_ALGO=" + comm.manner.algorithm +
                           " NCCL_PROTO=" + comm.manner.protocol + "\n";
  std::fputs(text.c_str(), stderr);  // at once: several ranks share it
}

struct Wish {
  std::int32_t color = 0, key = 0, rank = 0;
};

/// Everyone tells everyone; then the first of each colour opens a meeting and tells the others of its colour.
void split(const std::shared_ptr<ncclComm::State>& parent, Wish own, ncclComm_t made) {
  const auto child = made != nullptr ? made->state : nullptr;
  const auto ranks = static_cast<std::size_t>(parent->ranks);
  std::vector<Wish> wishes(ranks);
  std::vector<Meeting> meetings(ranks);
  const Label label{6, 0, 0, 0, 0, 0};
  const auto to_all = [&](auto& own_value, auto& all) {
    std::vector<Transfer> sends, receives;
    for (int peer = 0; peer < parent->ranks; ++peer) {
      sends.push_back({peer, label, &own_value, sizeof own_value});
      receives.push_back({peer, label, &all[static_cast<std::size_t>(peer)], sizeof own_value});
    }
    const std::lock_guard lock(parent->in_use);
    return parent->mesh.exchange(sends, receives, parent->aborted);
  };
  own.rank = parent->rank;
  auto trouble = to_all(own, wishes);
  std::vector<Wish> mine;
  for (const auto& wish : wishes)
    if (wish.color == own.color) mine.push_back(wish);
  std::stable_sort(mine.begin(), mine.end(), [](const Wish& a, const Wish& b) { return a.key < b.key; });
  Meeting meeting;
  if (trouble.empty() && child && mine.front().rank == own.rank) meeting = open_meeting();
  if (trouble.empty()) trouble = to_all(meeting, meetings);
  if (!trouble.empty()) {
    parent->fail(ncclRemoteError, trouble);
    if (child) child->fail(ncclRemoteError, trouble);
    return;
  }
  if (child) {
    made->manner = manner_of(made->config);  // NCCL_ALGO and NCCL_PROTO are read with each: now, not with the call
    child->ranks = static_cast<int>(mine.size());
    while (mine[static_cast<std::size_t>(child->rank)].rank != own.rank) ++child->rank;
    meet(child, meetings[static_cast<std::size_t>(mine.front().rank)]);
    tell_config(*made);
  }
}

}  // namespace

void ncclComm::State::fail(ncclResult_t error, const std::string& why) {
  const std::lock_guard lock(text_mutex_);
  text_ = why;
  status = error;
}
void ncclComm::State::note(const std::string& why) {
  const std::lock_guard lock(text_mutex_);
  text_ = why;
}
std::string ncclComm::State::last_error() {
  const std::lock_guard lock(text_mutex_);
  return text_;
}

namespace longhaul::doubles {

ncclResult_t begin(ncclComm_t comm, std::function<void()> work) {
  comm->state->status = ncclInProgress;
  if (comm->setup.joinable()) comm->setup.join();
  comm->setup = std::thread(std::move(work));
  if (!comm->state->blocking) return ncclInProgress;
  comm->setup.join();
  return comm->state->status;
}

ncclResult_t refuse(ncclResult_t error, const std::string& what) {
  std::fprintf(stderr, "longhaul double: misuse: %s\n", what.c_str());
  return error;
}
bool is_live(ncclComm_t comm) {
  const std::lock_guard lock(live_mutex);
  return live().contains(comm);
}
void make_live(ncclComm_t comm) {
  const std::lock_guard lock(live_mutex);
  live().insert(comm);
}
void forget(ncclComm_t comm) {
  close_profiler(std::exchange(comm->profiler, nullptr));
  const std::lock_guard lock(live_mutex);
  live().erase(comm);
}
int played_version() {
  const char* const told = std::getenv("LONGHAUL_DOUBLE_NCCL_VERSION");
  return told != nullptr ? std::atoi(told) : NCCL_VERSION_CODE;
}

const Fault& planned_fault() {
  static const Fault fault = [] {
    Fault read;
    const char* const told = std::getenv("LONGHAUL_DOUBLE_FAULT");
    if (told == nullptr) return read;
    const std::string text(told);
    const auto first = text.find(':'), second = text.find(':', first + 1);
    read.kind = text.substr(0, first);
    read.rank = std::atoi(text.substr(first + 1).c_str());
    read.number = std::atol(text.substr(second + 1).c_str());
    return read;
  }();
  return fault;
}

namespace {
std::atomic<int> own_rank{-1};
}

void note_first_rank(int rank) { own_rank = rank; }

bool planned_failure(const char* function) {
  static const char* const told = std::getenv("LONGHAUL_DOUBLE_NCCL_FAIL");
  static std::atomic<long> calls{0};
  if (told == nullptr) return false;
  const std::string text(told);
  const auto first = text.find(':'), second = text.find(':', first + 1);
  if (first == std::string::npos || text.substr(0, first) != function) return false;
  if (++calls != std::atol(text.c_str() + first + 1)) return false;
  return second == std::string::npos || std::atoi(text.c_str() + second + 1) == own_rank;
}

}  // namespace longhaul::doubles

extern "C" {

/// By this the modules, and whoever reads their results, know that no NCCL was there.
int longhaul_nccl_double() { return 1; }

ncclResult_t ncclGetVersion(int* version) {
  *version = played_version();
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  switch (result) {
    case ncclSuccess: return "no error";
    case ncclUnhandledCudaError: return "unhandled cuda error";
    case ncclSystemError: return "unhandled system error";
    case ncclInternalError: return "internal error";
    case ncclInvalidArgument: return "invalid argument";
    case ncclInvalidUsage: return "invalid usage";
    case ncclRemoteError: return "remote process exited or there was a network error";
    case ncclInProgress: return "NCCL operation in progress";
    default: return "unknown result code";
  }
}
const char* ncclGetLastError(ncclComm_t comm) {
  static thread_local std::string text;
  text = is_live(comm) ? comm->state->last_error() : "";
  return text.c_str();
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  const auto meeting = open_meeting();
  std::memset(id, 0, sizeof *id);
  std::memcpy(id, &meeting, sizeof meeting);
  return ncclSuccess;
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* made, int ranks, ncclUniqueId id, int rank, ncclConfig_t* config) {
  if (ranks < 1 || rank < 0 || rank >= ranks)
    return refuse(ncclInvalidArgument, "a rank outside of 0 … ranks-1 (UG, ncclCommInitRank)");
  if (const auto bad = judge_config(config); bad != ncclSuccess) return bad;
  note_first_rank(rank);
  if (planned_failure(__func__)) return ncclSystemError;
  while (planned_fault().kind == "absent" && planned_fault().rank == rank) pause();
  auto* const comm = new ncclComm;
  if (config != nullptr) comm->config = *config;
  auto& state = *comm->state;
  state.rank = state.first_rank = rank;
  state.ranks = ranks;
  state.blocking = comm->config.blocking != 0;
  cudaGetDevice(&state.device);
  comm->manner = manner_of(comm->config);
  comm->profiler = open_profiler(rank, ranks);
  make_live(comm);
  *made = comm;
  Meeting meeting;
  std::memcpy(static_cast<void*>(&meeting), &id, sizeof meeting);
  tell_config(*comm);
  return begin(comm, [state = comm->state, meeting] { meet(state, meeting); });
}
ncclResult_t ncclCommInitRank(ncclComm_t* made, int ranks, ncclUniqueId id, int rank) {
  return ncclCommInitRankConfig(made, ranks, id, rank, nullptr);
}

ncclResult_t ncclCommSplit(ncclComm_t parent, int color, int key, ncclComm_t* made, ncclConfig_t* config) {
  if (!is_live(parent)) return refuse(ncclInvalidArgument, std::string("ncclCommSplit of ") + dead);
  if (color < 0 && color != NCCL_SPLIT_NOCOLOR)
    return refuse(ncclInvalidArgument, "a negative colour (UG, ncclCommSplit: must be non-negative or NOCOLOR)");
  if (parent->state->status != ncclSuccess)
    return refuse(ncclInvalidUsage, "ncclCommSplit of a communicator that is not ready (UG, ncclCommGetAsyncError)");
  if (const auto bad = judge_config(config); bad != ncclSuccess) return bad;
  if (planned_failure(__func__)) return ncclSystemError;
  ncclComm_t child = nullptr;
  if (color != NCCL_SPLIT_NOCOLOR) {
    child = new ncclComm;
    child->config = config != nullptr ? *config : parent->config;  // UG: inherits without one
    child->state->blocking = child->config.blocking != 0;
    child->state->device = parent->state->device;
    child->state->first_rank = parent->state->first_rank;
    child->state->status = ncclInProgress;
    child->profiler = open_profiler(0, parent->state->ranks);
    make_live(child);
  }
  *made = nullptr;
  return begin(parent, [state = parent->state, wish = Wish{color, key, 0}, child, made] {
    split(state, wish, child);
    // NCCL writes the child when the parent is done with it, not before (github.com/NVIDIA/nccl/issues/1472).
    __atomic_store_n(made, child, __ATOMIC_RELEASE);
    if (state->status == ncclInProgress) state->status = ncclSuccess;
  });
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* error) {
  if (!is_live(comm)) return refuse(ncclInvalidArgument, std::string("ncclCommGetAsyncError of ") + dead);
  *error = comm->state->status;
  if (*error == ncclSuccess && comm->state->looks_in_progress > 0) {
    --comm->state->looks_in_progress;
    *error = ncclInProgress;
  }
  return ncclSuccess;
}

ncclResult_t ncclCommCount(ncclComm_t comm, int* count) {
  if (!is_live(comm)) return refuse(ncclInvalidArgument, std::string("ncclCommCount of ") + dead);
  *count = comm->state->ranks;
  return ncclSuccess;
}
ncclResult_t ncclCommUserRank(ncclComm_t comm, int* rank) {
  if (!is_live(comm)) return refuse(ncclInvalidArgument, std::string("ncclCommUserRank of ") + dead);
  *rank = comm->state->rank;
  return ncclSuccess;
}
ncclResult_t ncclCommCuDevice(ncclComm_t comm, int* device) {
  if (!is_live(comm)) return refuse(ncclInvalidArgument, std::string("ncclCommCuDevice of ") + dead);
  *device = comm->state->device;
  return ncclSuccess;
}

ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  if (!is_live(comm)) return refuse(ncclInvalidArgument, std::string("ncclCommFinalize of ") + dead);
  comm->state->finalized = true;
  if (comm->state->blocking) return lingered(comm->state) ? ncclInternalError : ncclSuccess;
  comm->state->looks_in_progress = 2;  // nccl.h, ncclCommFinalize: "marks communicator state as ncclInProgress"
  return ncclInProgress;
}
ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  if (!is_live(comm)) return refuse(ncclInvalidArgument, std::string("ncclCommDestroy of ") + dead);
  if (comm->state->looks_in_progress > 0)
    refuse(ncclInvalidUsage, "a communicator is destroyed before it is finalized (UG, Destroying a communicator)");
  if (!comm->state->registered.empty())
    refuse(ncclInvalidUsage, "a communicator is destroyed with buffers still registered (UG, ncclCommDeregister)");
  await_graphs(*comm, "ncclCommDestroy");
  if (!comm->state->finalized && lingered(comm->state)) return ncclInternalError;
  forget(comm);
  if (comm->setup.joinable()) comm->setup.join();
  delete comm;
  return ncclSuccess;
}
ncclResult_t ncclCommAbort(ncclComm_t comm) {
  if (!is_live(comm)) return refuse(ncclInvalidArgument, std::string("ncclCommAbort of ") + dead);
  comm->state->aborted = true;  // at once, in a group too
  forget(comm);
  // src/init.cc, commDestroySync: waits for the communicator's stream, which follows the caller's, and frees memory.
  const auto reclaim = [comm] {
    await_graphs(*comm, "ncclCommAbort");
    if (!longhaul_double_device_ends(comm->state->device, patience()))
      refuse(ncclInternalError,
             "ncclCommAbort waits for work that another communicator's abort would end: abort all of a device in one "
             "group, or from a thread each (github.com/NVIDIA/nccl/issues/1013)");
    if (comm->setup.joinable()) comm->setup.join();
    delete comm;
  };
  if (!put_into_group(reclaim)) {
    reclaim();
  } else if (played_version() < 22200) {
    return refuse(ncclInvalidUsage, "ncclCommAbort in a group before NCCL 2.22 (its release notes)");
  }
  return ncclSuccess;
}
}
