#pragma once

namespace longhaul {

/// How a library computes avg.
enum class Averaging {
  divides_once,   ///< sum of all ranks, divided once by their number (the MPI communicator)
  premultiplies,  ///< each rank's value times a rounded 1/n, then the sum (NCCL)
};

}  // namespace longhaul
