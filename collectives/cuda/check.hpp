#pragma once
#include <cuda_runtime_api.h>

#include "topologies/error.hpp"

namespace longhaul {

/// @throws EnvironmentError unless all went well: "cudaMalloc failed: out of memory (cudaErrorMemoryAllocation)"
inline void check_cuda(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // so that it is not told again
  throw EnvironmentError("{} failed: {} ({})", call, cudaGetErrorString(error), cudaGetErrorName(error));
}

/// Kernels put on a stream by `launch`. An error that something else left behind is not taken for theirs.
template <class Launch>
void check_launch(const Launch& launch, const char* what) {
  cudaGetLastError();
  launch();
  check_cuda(cudaGetLastError(), what);
}

}  // namespace longhaul
