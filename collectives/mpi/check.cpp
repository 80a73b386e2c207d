#include "collectives/mpi/check.hpp"

#include <mpi.h>

#include <array>

#include "topologies/error.hpp"

namespace longhaul {

static_assert(MPI_SUCCESS == 0);

void MpiCheck::fail(int code, const char* call) const {
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  const std::string reason(text.data(), static_cast<std::size_t>(length));
  if (rank_ < 0) throw EnvironmentError("{} failed: {}", call, reason);
  throw EnvironmentError("rank {} ({}): {} failed: {}", rank_, host_, call, reason);
}

}  // namespace longhaul
