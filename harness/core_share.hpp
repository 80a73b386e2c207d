#pragma once
#include "collectives/mpi/world.hpp"

namespace longhaul {

/// More ranks than cores on some host: waits have to yield. Collective.
bool shares_cores(World& world);

/// Lets waits within Open MPI yield, too, where its launcher says that this host has more ranks than cores: one that
/// spins there keeps its core from the rank it waits for. To be called before World; what the user has set stays.
void yield_where_cores_are_shared();

}  // namespace longhaul
