#pragma once
#include <string>

/// Private to collectives/mpi: no mpi.h here, so that it may be included before or after it.
namespace longhaul {

/// Turns an MPI return code into an EnvironmentError that names rank, host and call.
class MpiCheck {
 public:
  MpiCheck() = default;
  MpiCheck(int rank, std::string host) : rank_(rank), host_(std::move(host)) {}

  /// @throws EnvironmentError unless code is MPI_SUCCESS
  void operator()(int code, const char* call) const {
    if (code != 0) [[unlikely]]
      fail(code, call);
  }

 private:
  [[noreturn]] void fail(int code, const char* call) const;

  int rank_ = -1;
  std::string host_;
};

}  // namespace longhaul
