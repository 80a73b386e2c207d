#include "collectives/mpi/gpu_support.hpp"

#include <mpi.h>
#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#include "topologies/error.hpp"

namespace longhaul {

bool has_gpu_support() {
#if defined(MPIX_CUDA_AWARE_SUPPORT)  // Open MPI
  return MPIX_Query_cuda_support() == 1;
#elif defined(MPIX_GPU_SUPPORT_CUDA)  // MPICH 4
  int supported = 0;
  MPIX_GPU_query_support(MPIX_GPU_SUPPORT_CUDA, &supported);
  return supported != 0;
#else
  return false;
#endif
}

void require_gpu_support() {
  if (!has_gpu_support())
    throw EnvironmentError(
        "this MPI is not CUDA-aware, so that it cannot take --memory device; use one that is (Open MPI with "
        "--with-cuda or UCX, MPICH with --with-cuda), or --backend nccl");
}

}  // namespace longhaul
