#pragma once
#include "collectives/vocabulary.hpp"

namespace longhaul {

/// Whether this MPI says that it takes buffers in GPU memory, or LONGHAUL_CUDA_AWARE_MPI=1 says so of it.
bool has_gpu_support();
/// @throws EnvironmentError where it does not
void require_gpu_support();
/// @throws UsageError for a reduction that MPI does by a function of ours, which works on host memory
void require_gpu_reduction(const Point& point);

}  // namespace longhaul
