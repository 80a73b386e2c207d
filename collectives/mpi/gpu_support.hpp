#pragma once

namespace longhaul {

/// Whether this MPI takes buffers in GPU memory.
bool has_gpu_support();
/// @throws EnvironmentError where it does not
void require_gpu_support();

}  // namespace longhaul
