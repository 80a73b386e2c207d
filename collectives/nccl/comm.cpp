#include "collectives/nccl/comm.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <thread>
#include <utility>

#include "collectives/nccl/patience.hpp"
#include "collectives/nccl/scoped_environment.hpp"
#include "collectives/nccl/version.hpp"
#include "topologies/error.hpp"

namespace longhaul::nccl {
namespace {

constexpr auto look_again = std::chrono::microseconds(200);

}  // namespace

// Both delegate, so that the destructor ends what was made where the rest throws.
Comm::Comm(const ncclUniqueId& id, int rank, int ranks, Duration deadline) : Comm() {
  rank_ = rank;
  size_ = ranks;
  blocking_ = false;
  deadline_ = deadline;
  ncclConfig_t config = config_of_base();
  ncclComm_t made = nullptr;
  try {
    const auto result = ncclCommInitRankConfig(&made, ranks, id, rank, &config);
    comm_ = made;
    expect(result, "ncclCommInitRankConfig", Pace::rest);
  } catch (const HangError& error) {
    throw HangError(fmt::format("not all {} ranks came to NCCL's init within {}: {}", ranks, format_duration(deadline),
                                error.what()));
  }
}

Comm::Comm(Comm& base, int color, int key, const NcclSettings& settings, const std::string& net) : Comm() {
  blocking_ = !settings.nonblocking;
  deadline_ = base.deadline_;
  const ScopedEnvironment algo("NCCL_ALGO", settings.algo), proto("NCCL_PROTO", settings.proto);
  ncclConfig_t config = config_of(settings, net);
  // The parent is what is asked, and the child is written when the parent is ready again:
  // https://github.com/NVIDIA/nccl/issues/1472
  ncclComm_t made = nullptr;
  base.expect(ncclCommSplit(base.get(), color, key, &made, &config), "ncclCommSplit", Pace::rest);
  comm_ = made;
  if (made == nullptr) return;
  settle("ncclCommSplit", Pace::rest);
  expect(ncclCommUserRank(made, &rank_), "ncclCommUserRank");
  expect(ncclCommCount(made, &size_), "ncclCommCount");
}

Comm::~Comm() {
  if (std::uncaught_exceptions() > 0) abort_all({this});
  try {
    close();
  } catch (const Error& error) {
    fmt::print(stderr, "longhaul: {}\n", error.what());
  }
}

Comm::Comm(Comm&& other) noexcept
    : comm_(other.comm_.exchange(nullptr)),
      rank_(other.rank_),
      size_(other.size_),
      blocking_(other.blocking_),
      deadline_(other.deadline_) {}

Comm& Comm::operator=(Comm&& other) noexcept {
  other.comm_ = comm_.exchange(other.comm_);
  rank_ = other.rank_;
  size_ = other.size_;
  std::swap(blocking_, other.blocking_);
  deadline_ = other.deadline_;
  return *this;
}

void Comm::expect(ncclResult_t result, const char* call, Pace pace) {
  if (result == ncclInProgress)
    settle(call, pace);
  else if (result != ncclSuccess)
    fail(result, call);
}

void Comm::settle(const char* call, Pace pace) {
  const Patience patience(deadline_);
  for (ncclResult_t state = ncclInProgress;;) {
    if (const auto asked = ncclCommGetAsyncError(comm_, &state); asked != ncclSuccess) fail(asked, call);
    if (state == ncclSuccess) return;
    if (state != ncclInProgress) fail(state, call);
    if (patience.over())
      throw HangError(fmt::format("{} has not come back within {}; {}", call, format_duration(deadline_), reason()));
    if (pace == Pace::rest)
      std::this_thread::sleep_for(look_again);
    else
      std::this_thread::yield();
  }
}

void Comm::expect_no_error() {
  ncclResult_t state = ncclSuccess;
  if (const auto asked = ncclCommGetAsyncError(comm_, &state); asked != ncclSuccess)
    fail(asked, "ncclCommGetAsyncError");
  if (state != ncclSuccess && state != ncclInProgress) fail(state, "a collective");
}

std::string Comm::reason() const { return empty() ? "" : last_error(comm_); }

void Comm::close() {
  if (empty()) return;
  // All that waits for other ranks, while a Guard still finds what to abort; a non-blocking one is asked until it is
  // done (UG, Destroying a communicator). What is left for ncclCommDestroy is this rank's own.
  expect(ncclCommFinalize(comm_), "ncclCommFinalize", Pace::rest);
  const auto done = give_up();
  if (done == nullptr) return;
  const auto result = ncclCommDestroy(done);
  if (result != ncclSuccess && result != ncclInProgress)
    throw EnvironmentError("ncclCommDestroy failed: {}; {}", ncclGetErrorString(result), last_error(nullptr));
}

void Comm::fail(ncclResult_t result, const char* call) const {
  const auto why = empty() ? last_error(nullptr) : reason();
  throw EnvironmentError("{} failed: {}; {}", call, ncclGetErrorString(result), why);
}

void abort_all(const std::vector<Comm*>& comms) noexcept {
  std::vector<ncclComm_t> gone;
  for (Comm* const comm : comms)
    if (const auto one = comm->give_up()) gone.push_back(one);
  abort_at_once(gone);
}

}  // namespace longhaul::nccl
