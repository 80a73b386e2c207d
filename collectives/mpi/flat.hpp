#pragma once
#include "collectives/communicator.hpp"
#include "collectives/mpi/lane.hpp"

namespace longhaul::mpi {

/// One call by the library's own algorithm, cut into pieces of at most `chunk` elements. Where each rank has a share,
/// the pieces of all ranks' shares together stay below `chunk`: their number is an int in the library, too. Costs
/// beyond the library's call: avg divides; a root out of place copies its own data; reduce_scatter in place moves its
/// result into its own slot (MPI leaves it in slot 0) and, cut, gathers each piece in `scratch`.
void run_flat(const Lane& all, const Call& call, std::size_t chunk, Scratch& scratch);

}  // namespace longhaul::mpi
