#pragma once

namespace longhaul {

/// @throws EnvironmentError where this MPI cannot take buffers in GPU memory
void require_gpu_support();

}  // namespace longhaul
