#include "harness/core_share.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace longhaul {
namespace {

int cores() { return static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)); }

}  // namespace

bool shares_cores(World& world) {
  // Lab hosts are one machine and share its cores, whatever their names say.
  const bool one_machine = std::getenv("LONGHAUL_LAB") != nullptr;
  return world.any((one_machine ? world.size() : world.local().size) > cores());
}

void yield_where_cores_are_shared() {
  const char* local_size = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (local_size == nullptr) return;
  const std::string_view text(local_size);
  int ranks = 0;
  std::from_chars(text.data(), text.data() + text.size(), ranks);
  if (ranks > cores()) ::setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
}

}  // namespace longhaul
