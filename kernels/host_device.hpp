#pragma once

/// Functions of one element, compiled for the host and, under a CUDA compiler, for the device as well.
#if defined(__CUDACC__)
#define LONGHAUL_HOST_DEVICE __host__ __device__
#else
#define LONGHAUL_HOST_DEVICE
#endif
