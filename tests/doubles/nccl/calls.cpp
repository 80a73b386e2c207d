// Collective calls: checked, grouped, put on their stream, and there carried out over the mesh.
#include <cuda_runtime_api.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "arithmetic.hpp"
#include "communicator.hpp"
#include "faults.hpp"

extern "C" void longhaul_double_put(cudaStream_t stream, const std::function<void()>& work,
                                    const std::shared_ptr<void>& user);
extern "C" bool longhaul_double_holds(const void* pointer, std::size_t bytes);
extern "C" int longhaul_double_stream_device(cudaStream_t stream);

using namespace longhaul::doubles;

namespace {

enum Kind : std::uint32_t { all_reduce, broadcast, reduce, all_gather, reduce_scatter, point_to_point };
using State = std::shared_ptr<ncclComm::State>;

/// One call as it came.
struct Request {
  Kind kind = all_reduce;
  const void* send = nullptr;
  void* receive = nullptr;
  std::size_t count = 0;
  ncclDataType_t type = ncclFloat32;
  ncclRedOp_t op = ncclSum;
  int root = 0;
  State state;
  cudaStream_t stream = nullptr;
  bool flip = false, stall = false;
  std::chrono::milliseconds slow{0};
};

std::byte* at(const void* data, std::size_t bytes) {
  return const_cast<std::byte*>(static_cast<const std::byte*>(data)) + bytes;
}

std::vector<std::byte> input(const Request& my, const void* data, std::size_t count) {
  const auto* const begin = static_cast<const std::byte*>(data);
  std::vector<std::byte> copy(begin, begin + count * size_of(my.type));
  if (my.op == ncclAvg) premultiply(copy.data(), count, my.type, my.state->ranks);
  return copy;
}

/// Carries out one collective; see docs of each in nccl.h.
class Execution {
 public:
  explicit Execution(const Request& request)
      : my(request),
        ranks_(request.state->ranks),
        rank_(request.state->rank),
        label_{my.kind,
               static_cast<std::int32_t>(my.type),
               static_cast<std::int32_t>(my.op),
               my.root,
               my.count,
               my.state->sequence++} {}

  std::string run() {
    switch (my.kind) {
      case all_reduce: return sum_up(true);
      case reduce_scatter: return sum_up(false);
      case reduce: return gather_at_root();
      case broadcast: return spread_from_root();
      case all_gather: return spread(std::vector<std::size_t>(static_cast<std::size_t>(ranks_) + 1, my.count));
      case point_to_point: break;
    }
    return "";
  }

 private:
  std::size_t bytes(std::size_t count) const { return count * size_of(my.type); }
  std::string exchange(const std::vector<Transfer>& sends, const std::vector<Transfer>& receives) {
    return my.state->mesh.exchange(sends, receives, my.state->aborted);
  }
  /// Element where piece `of` begins; even pieces for reduce_scatter, nearly even ones for all_reduce.
  std::size_t piece(int of) const {
    const auto index = static_cast<std::size_t>(of);
    return my.kind == reduce_scatter ? my.count * index : my.count * index / static_cast<std::size_t>(ranks_);
  }

  /// Piece j of everyone to rank j, combined there in rank order.
  std::string sum_up(bool share) {
    const std::size_t total = my.kind == reduce_scatter ? my.count * static_cast<std::size_t>(ranks_) : my.count;
    auto mine = input(my, my.send, total);
    const std::size_t begin = piece(rank_), length = piece(rank_ + 1) - begin;
    std::vector<std::vector<std::byte>> parts(static_cast<std::size_t>(ranks_), std::vector<std::byte>(bytes(length)));
    std::vector<Transfer> sends, receives;
    for (int peer = 0; peer < ranks_; ++peer) {
      sends.push_back({peer, label_, mine.data() + bytes(piece(peer)), bytes(piece(peer + 1) - piece(peer))});
      receives.push_back({peer, label_, parts[static_cast<std::size_t>(peer)].data(), bytes(length)});
    }
    if (auto trouble = exchange(sends, receives); !trouble.empty()) return trouble;
    for (std::size_t peer = 1; peer < parts.size(); ++peer)
      combine(parts[0].data(), parts[peer].data(), length, my.type, my.op);
    if (my.op == ncclAvg) postdivide(parts[0].data(), length, my.type, ranks_);
    std::byte* const place = at(my.receive, share ? bytes(begin) : 0);
    std::copy(parts[0].begin(), parts[0].end(), place);
    if (!share) return "";
    std::vector<Transfer> out, in;
    for (int peer = 0; peer < ranks_; ++peer) {
      if (peer == rank_) continue;
      out.push_back({peer, label_, place, bytes(length)});
      in.push_back({peer, label_, at(my.receive, bytes(piece(peer))), bytes(piece(peer + 1) - piece(peer))});
    }
    return exchange(out, in);
  }

  std::string spread(const std::vector<std::size_t>& counts) {
    std::byte* const own = at(my.receive, bytes(my.count) * static_cast<std::size_t>(rank_));
    if (own != my.send && my.count > 0) std::memmove(own, my.send, bytes(my.count));
    std::vector<Transfer> sends, receives;
    for (int peer = 0; peer < ranks_; ++peer) {
      if (peer == rank_) continue;
      sends.push_back({peer, label_, own, bytes(my.count)});
      receives.push_back({peer, label_, at(my.receive, bytes(my.count) * static_cast<std::size_t>(peer)),
                          bytes(counts[static_cast<std::size_t>(peer)])});
    }
    return exchange(sends, receives);
  }

  std::string gather_at_root() {
    auto mine = input(my, my.send, my.count);
    if (rank_ != my.root) return exchange({{my.root, label_, mine.data(), mine.size()}}, {});
    std::vector<std::vector<std::byte>> parts(static_cast<std::size_t>(ranks_), std::vector<std::byte>(mine.size()));
    std::vector<Transfer> receives;
    for (int peer = 0; peer < ranks_; ++peer)
      if (peer != rank_) receives.push_back({peer, label_, parts[static_cast<std::size_t>(peer)].data(), mine.size()});
    if (auto trouble = exchange({}, receives); !trouble.empty()) return trouble;
    parts[static_cast<std::size_t>(rank_)] = std::move(mine);
    for (std::size_t peer = 1; peer < parts.size(); ++peer)
      combine(parts[0].data(), parts[peer].data(), my.count, my.type, my.op);
    if (my.op == ncclAvg) postdivide(parts[0].data(), my.count, my.type, ranks_);
    std::copy(parts[0].begin(), parts[0].end(), static_cast<std::byte*>(my.receive));
    return "";
  }

  std::string spread_from_root() {
    if (rank_ != my.root) return exchange({}, {{my.root, label_, my.receive, bytes(my.count)}});
    if (my.receive != my.send && my.count > 0) std::memmove(my.receive, my.send, bytes(my.count));
    std::vector<Transfer> sends;
    for (int peer = 0; peer < ranks_; ++peer)
      if (peer != rank_) sends.push_back({peer, label_, my.receive, bytes(my.count)});
    return exchange(sends, {});
  }

  const Request& my;
  int ranks_, rank_;
  Label label_;
};

/// As a kernel of NCCL's would: when something is wrong it tells the host, and spins until the abort.
void settle(const Request& request, const std::string& trouble) {
  auto& state = *request.state;
  if (trouble.empty()) return;
  if (trouble.starts_with("lost")) {
    state.fail(ncclRemoteError, trouble);
  } else if (trouble != "aborted") {
    refuse(ncclInvalidUsage, trouble + " (UG, Collective Operations: same order and count on each rank)");
    state.fail(ncclInvalidUsage, trouble);
  }
  while (!state.aborted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void flip(const Request& request) {
  if (request.count == 0) return;
  const char* const told = std::getenv("LONGHAUL_DOUBLE_FLIP_AT");
  const std::size_t at_byte = told != nullptr ? (std::strtoul(told, nullptr, 10) + 1) * size_of(request.type) - 1 : 0;
  static_cast<std::byte*>(request.receive)[at_byte] ^= std::byte{1};
}

/// Until a call may run. One that stalls, or whose communicator has lost a peer, does so when it is aborted only.
void wait_to_run(const Request& request) {
  auto& state = *request.state;
  std::this_thread::sleep_for(request.slow);
  while ((request.stall || state.status == ncclRemoteError) && !state.aborted)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void carry_out(const Request& request) {
  auto& state = *request.state;
  wait_to_run(request);
  if (state.status != ncclSuccess) return settle(request, "aborted");
  std::string trouble;
  {
    const std::lock_guard lock(state.in_use);
    trouble = Execution(request).run();
  }
  settle(request, trouble);
  if (request.flip) flip(request);
}

/// Sends and receives of one group, at once.
void carry_out_pairs(const std::vector<Request>& group) {
  auto& state = *group.front().state;
  for (const auto& request : group) wait_to_run(request);
  if (state.status != ncclSuccess) return settle(group.front(), "aborted");
  std::vector<Transfer> sends, receives;
  for (const auto& request : group) {
    const std::size_t bytes = request.count * size_of(request.type);
    const Label label{point_to_point, static_cast<std::int32_t>(request.type), 0, 0, request.count, 0};
    if (request.send != nullptr) sends.push_back({request.root, label, at(request.send, 0), bytes});
    if (request.receive != nullptr) receives.push_back({request.root, label, request.receive, bytes});
  }
  std::string trouble;
  {
    const std::lock_guard lock(state.in_use);
    trouble = state.mesh.exchange(sends, receives, state.aborted);
  }
  settle(group.front(), trouble);
  for (const auto& request : group)
    if (request.flip && request.receive != nullptr) flip(request);
}

thread_local int group_depth = 0;
thread_local std::vector<Request> grouped;
thread_local std::vector<std::function<void()>> grouped_jobs;
thread_local ncclResult_t group_error = ncclSuccess;

/// Since 2.27 NCCL makes a thread for each call on a non-blocking communicator; before it does so where connections are
/// still to be made (src/group.cc, ncclGroupEndInternal).
ncclResult_t after_call(const State& state) {
  if (state->blocking) return ncclSuccess;
  if (state->connected.exchange(true) && played_version() < 22700) return ncclSuccess;
  state->looks_in_progress = 2;
  return ncclInProgress;
}

std::atomic<long> registered_calls{0}, other_calls{0};

/// Whether the buffers of a call are registered with its own communicator: others' registrations are of no use to it.
void count_registered(const Request& request, std::size_t sent, std::size_t received) {
  auto& registered = request.state->registered;
  const bool all = registered.covers(request.send, sent) && registered.covers(request.receive, received);
  ++(all ? registered_calls : other_calls);
}

ncclResult_t launch(std::vector<Request> requests) {
  ncclResult_t result = ncclSuccess;
  for (std::size_t i = 0; i < requests.size();) {
    const auto& first = requests[i];
    std::vector<Request> pairs;
    while (i < requests.size() && requests[i].kind == point_to_point && requests[i].state == first.state)
      pairs.push_back(requests[i++]);
    if (pairs.empty())
      longhaul_double_put(
          first.stream, [request = requests[i++]] { carry_out(request); }, first.state->held);
    else
      longhaul_double_put(
          pairs.front().stream, [pairs] { carry_out_pairs(pairs); }, first.state->held);
    result = after_call(first.state);
  }
  return result;
}

ncclResult_t strike(ncclComm_t comm, Request& request) {
  static std::atomic<long> calls{0};
  const auto& fault = planned_fault();
  const long number = ++calls;
  if (fault.rank != comm->state->first_rank) return ncclSuccess;
  if (fault.kind == "slow") request.slow = std::chrono::milliseconds(fault.number);
  if (fault.kind == "async" && number >= fault.number) comm->state->fail(ncclRemoteError, "the double's async fault");
  request.flip = fault.kind == "flip" && fault.number == 0;
  if (number != fault.number) return ncclSuccess;
  while (fault.kind == "hang") pause();
  if (fault.kind == "kill") std::raise(SIGKILL);
  if (fault.kind == "flip") request.flip = true;
  request.stall = fault.kind == "stall";
  if (request.stall) comm->state->note("the double's stalled call");
  if (fault.kind == "block") {
    const auto state = comm->state;  // the abort that ends this takes the communicator away
    state->note("the double's blocked call");
    while (!state->aborted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return ncclInternalError;
  }
  if (fault.kind != "fail") return ncclSuccess;
  comm->state->fail(ncclSystemError, "the double's planned failure");
  return ncclSystemError;
}

const char* function_name(Kind kind) {
  constexpr const char* names[] = {"AllReduce", "Broadcast", "Reduce", "AllGather", "ReduceScatter"};
  return names[kind];
}

/// @param sent, received  elements that must be there
ncclResult_t accept(ncclComm_t comm, Request request, std::size_t sent, std::size_t received) {
  const auto wrong = [](ncclResult_t error, const std::string& what) {
    group_error = error;
    return refuse(error, what);
  };
  if (!is_live(comm))
    return wrong(ncclInvalidArgument, "a call on a communicator destroyed or aborted (UG, ncclCommAbort)");
  const auto status = comm->state->status.load();
  if (status == ncclInProgress || comm->state->looks_in_progress > 0)
    return wrong(ncclInvalidUsage, "a call on a communicator that is in progress (UG, ncclCommGetAsyncError)");
  if (request.type < 0 || request.type >= ncclNumTypes || (request.type >= ncclFloat8e4m3 && played_version() < 22400))
    return wrong(ncclInvalidArgument, "a data type that this version does not have (UG, ncclDataType_t)");
  if (request.root < 0 || request.root >= comm->state->ranks)
    return wrong(ncclInvalidArgument,
                 "a root or peer outside of the communicator (UG, Collective Communication Functions)");
  if (longhaul_double_stream_device(request.stream) != comm->state->device)
    return wrong(ncclInvalidUsage, "a stream of another device than the communicator's (UG, Creating a Communicator)");
  const std::size_t size = size_of(request.type);
  if ((sent > 0 && !longhaul_double_holds(request.send, sent * size)) ||
      (received > 0 && !longhaul_double_holds(request.receive, received * size)))
    return wrong(ncclInvalidArgument, "a buffer that is not device memory, or too small (UG, Data Pointers)");
  request.state = comm->state;
  count_registered(request, sent * size, received * size);
  if (const auto struck = strike(comm, request); struck != ncclSuccess) return group_error = struck;
  auto manner = comm->manner;
  manner.symmetric = comm->state->windows > 0;
  if (request.kind != point_to_point)
    tell_profiler(comm->profiler, manner, function_name(request.kind), request.send, request.receive, request.count,
                  request.count * size, comm->state->rank);
  if (group_depth > 0) {
    grouped.push_back(request);
    return ncclSuccess;
  }
  return launch({request});
}

std::size_t times(ncclComm_t comm, std::size_t count) {
  return is_live(comm) ? count * static_cast<std::size_t>(comm->state->ranks) : 0;
}

}  // namespace

bool longhaul::doubles::put_into_group(std::function<void()> job) {
  if (group_depth == 0) return false;
  grouped_jobs.push_back(std::move(job));
  return true;
}

extern "C" {

/// Of all calls so far: those on buffers that are registered with their communicator, and the rest.
void longhaul_nccl_double_registered_calls(long* inside, long* outside) {
  *inside = registered_calls;
  *outside = other_calls;
}

ncclResult_t ncclAllReduce(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclRedOp_t op,
                           ncclComm_t comm, cudaStream_t stream) {
  return accept(comm, {all_reduce, send, receive, count, type, op, 0, {}, stream}, count, count);
}
ncclResult_t ncclBroadcast(const void* send, void* receive, std::size_t count, ncclDataType_t type, int root,
                           ncclComm_t comm, cudaStream_t stream) {
  const bool is_root = is_live(comm) && comm->state->rank == root;
  return accept(comm, {broadcast, send, receive, count, type, ncclSum, root, {}, stream}, is_root ? count : 0, count);
}
ncclResult_t ncclReduce(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclRedOp_t op,
                        int root, ncclComm_t comm, cudaStream_t stream) {
  const bool is_root = is_live(comm) && comm->state->rank == root;
  return accept(comm, {reduce, send, receive, count, type, op, root, {}, stream}, count, is_root ? count : 0);
}
ncclResult_t ncclAllGather(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclComm_t comm,
                           cudaStream_t stream) {
  return accept(comm, {all_gather, send, receive, count, type, ncclSum, 0, {}, stream}, count, times(comm, count));
}
ncclResult_t ncclReduceScatter(const void* send, void* receive, std::size_t count, ncclDataType_t type, ncclRedOp_t op,
                               ncclComm_t comm, cudaStream_t stream) {
  return accept(comm, {reduce_scatter, send, receive, count, type, op, 0, {}, stream}, times(comm, count), count);
}
ncclResult_t ncclSend(const void* send, std::size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return accept(comm, {point_to_point, send, nullptr, count, type, ncclSum, peer, {}, stream}, count, 0);
}
ncclResult_t ncclRecv(void* receive, std::size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return accept(comm, {point_to_point, nullptr, receive, count, type, ncclSum, peer, {}, stream}, 0, count);
}

ncclResult_t ncclGroupStart() {
  if (group_depth++ == 0) group_error = ncclSuccess;
  return ncclSuccess;
}
ncclResult_t ncclGroupEnd() {
  if (group_depth == 0) return refuse(ncclInvalidUsage, "ncclGroupEnd without ncclGroupStart (UG, Group Calls)");
  if (--group_depth > 0) return ncclSuccess;
  std::vector<std::thread> threads;
  for (auto& job : std::exchange(grouped_jobs, {})) threads.emplace_back(std::move(job));
  for (auto& thread : threads) thread.join();
  const auto requests = std::exchange(grouped, {});
  if (planned_failure(__func__)) return ncclSystemError;
  return group_error != ncclSuccess ? group_error : launch(requests);
}
}
