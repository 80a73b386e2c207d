#include "collectives/mpi/gpu_support.hpp"

#include <mpi.h>

#include <cstdlib>
#include <string_view>
#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#include "topologies/error.hpp"

namespace longhaul {

bool has_gpu_support() {
  // Open MPI answers for itself only: what UCX brings it does not know of.
  const char* const told = std::getenv("LONGHAUL_CUDA_AWARE_MPI");
  if (told != nullptr && std::string_view(told) == "1") return true;
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
        "this MPI says that it is not CUDA-aware, so that it cannot take --memory device; use one that is (Open MPI "
        "with --with-cuda or UCX, MPICH with --with-cuda; LONGHAUL_CUDA_AWARE_MPI=1 where you know that it is), or "
        "--backend nccl");
}

void require_gpu_reduction(const Point& point) {
  switch (point.type) {
    case DataType::float16:
    case DataType::bfloat16:
    case DataType::float8_e4m3:
    case DataType::float8_e5m2: break;
    default: return;
  }
  if (reduces(point.operation))
    throw UsageError(
        "{} of {} over MPI is done by a function of ours on host memory, since MPI has no such type; leave it out with "
        "--memory device, or use --memory host or --backend nccl",
        name_of(point.operation), name_of(point.type));
}

}  // namespace longhaul
