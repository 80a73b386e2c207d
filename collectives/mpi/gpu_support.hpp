#pragma once
#include "collectives/vocabulary.hpp"

namespace longhaul {

/// @throws EnvironmentError where this MPI says that it cannot take buffers in GPU memory, unless
/// LONGHAUL_CUDA_AWARE_MPI=1 says that it can
void require_gpu_support();
/// @throws UsageError for a reduction that MPI does by a function of ours, which works on host memory
void require_gpu_reduction(const Point& point);

}  // namespace longhaul
