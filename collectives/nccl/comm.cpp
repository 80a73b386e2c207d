#include "collectives/nccl/comm.hpp"

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

Comm::Comm(const ncclUniqueId& id, int rank, int ranks, const NcclSettings& settings, Duration deadline)
    : rank_(rank), size_(ranks), deadline_(deadline) {
  // NCCL reads these two when a communicator is made.
  const ScopedEnvironment algo("NCCL_ALGO", settings.algo), proto("NCCL_PROTO", settings.proto);
  ncclConfig_t config = config_of(settings);
  try {
    expect(ncclCommInitRankConfig(&comm_, ranks, id, rank, &config), "ncclCommInitRankConfig");
  } catch (const HangError&) {
    throw HangError("not all " + std::to_string(ranks) + " ranks came to NCCL's init within " +
                    format_duration(deadline));
  }
}

Comm::Comm(Comm& parent, int color, int key) : deadline_(parent.deadline_) {
  parent.expect(ncclCommSplit(parent.comm_, color, key, &comm_, nullptr), "ncclCommSplit");
  if (comm_ == nullptr) return;
  settle("ncclCommSplit");
  ncclCommUserRank(comm_, &rank_);
  ncclCommCount(comm_, &size_);
}

Comm::~Comm() {
  if (comm_ == nullptr) return;
  if (std::uncaught_exceptions() > 0)
    abort();
  else
    ncclCommDestroy(comm_);
}

Comm::Comm(Comm&& other) noexcept
    : comm_(std::exchange(other.comm_, nullptr)), rank_(other.rank_), size_(other.size_), deadline_(other.deadline_) {}

Comm& Comm::operator=(Comm&& other) noexcept {
  std::swap(comm_, other.comm_);
  rank_ = other.rank_;
  size_ = other.size_;
  deadline_ = other.deadline_;
  return *this;
}

void Comm::expect(ncclResult_t result, const char* call) {
  if (result == ncclInProgress)
    settle(call);
  else if (result != ncclSuccess)
    fail(result, call);
}

void Comm::settle(const char* call) {
  const Patience patience(deadline_);
  for (ncclResult_t state = ncclInProgress;;) {
    if (const auto asked = ncclCommGetAsyncError(comm_, &state); asked != ncclSuccess) fail(asked, call);
    if (state == ncclSuccess) return;
    if (state != ncclInProgress) fail(state, call);
    if (patience.over()) {
      abort();
      throw HangError(std::string(call) + " has not come back within " + format_duration(deadline_));
    }
    std::this_thread::sleep_for(look_again);
  }
}

void Comm::expect_no_error() {
  ncclResult_t state = ncclSuccess;
  if (const auto asked = ncclCommGetAsyncError(comm_, &state); asked != ncclSuccess)
    fail(asked, "ncclCommGetAsyncError");
  if (state != ncclSuccess && state != ncclInProgress) fail(state, "a collective");
}

void Comm::abort() noexcept {
  if (comm_ != nullptr) ncclCommAbort(std::exchange(comm_, nullptr));
}

void Comm::fail(ncclResult_t result, const char* call) {
  const std::string reason = comm_ == nullptr ? "" : last_error(comm_);
  abort();
  throw EnvironmentError("{} failed: {}; {}", call, ncclGetErrorString(result), reason);
}

}  // namespace longhaul::nccl
