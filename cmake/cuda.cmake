# CUDA and NCCL, where there is a toolkit: CUDA_HOME, nvcc on PATH, /usr/local/cuda, or what ./quickstart --with-cuda put
# into build/cuda. Without one the GPU modules are left out, and `longhaul doctor` says so.
set(LONGHAUL_CUDA AUTO CACHE STRING "Build the CUDA and NCCL modules: AUTO (where a toolkit is found), ON, OFF")
set(LONGHAUL_CUDA_ARCHITECTURES all CACHE STRING
    "GPUs to compile for: all (sm_80, 90, 100, 120 as the toolkit allows, and PTX for what follows), or a list such as 90;100")

find_program(LONGHAUL_NVCC nvcc HINTS $ENV{CUDA_HOME}/bin PATHS /usr/local/cuda/bin
             ${PROJECT_SOURCE_DIR}/build/cuda/bin)
if(LONGHAUL_CUDA STREQUAL "ON" AND NOT LONGHAUL_NVCC)
  message(FATAL_ERROR "LONGHAUL_CUDA is ON, but there is no nvcc in CUDA_HOME, on PATH or in /usr/local/cuda; "
                      "./quickstart --with-cuda fetches one")
endif()
set(longhaul_has_cuda OFF)
set(longhaul_has_nccl OFF)

if(NOT LONGHAUL_CUDA STREQUAL "OFF" AND LONGHAUL_NVCC)
  set(CMAKE_CUDA_COMPILER ${LONGHAUL_NVCC})
  set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
  if(LONGHAUL_CUDA_ARCHITECTURES STREQUAL "all")
    execute_process(COMMAND ${LONGHAUL_NVCC} --list-gpu-code OUTPUT_VARIABLE known)
    set(CMAKE_CUDA_ARCHITECTURES "")
    foreach(architecture 80 90 100 120)
      if(known MATCHES "sm_${architecture}\n")
        list(APPEND CMAKE_CUDA_ARCHITECTURES ${architecture}-real)
        set(newest ${architecture})
      endif()
    endforeach()
    list(APPEND CMAKE_CUDA_ARCHITECTURES ${newest}-virtual)
  else()
    set(CMAKE_CUDA_ARCHITECTURES ${LONGHAUL_CUDA_ARCHITECTURES})
  endif()
  enable_language(CUDA)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc since 12 has C++20
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  find_package(CUDAToolkit REQUIRED)
  set(longhaul_has_cuda ON)

  find_path(LONGHAUL_NCCL_INCLUDE nccl.h HINTS $ENV{NCCL_HOME}/include ${CUDAToolkit_INCLUDE_DIRS})
  find_library(LONGHAUL_NCCL_LIBRARY NAMES nccl libnccl.so.2
               HINTS $ENV{NCCL_HOME}/lib ${CUDAToolkit_LIBRARY_DIR} ${CUDAToolkit_INCLUDE_DIRS}/../lib)
  if(LONGHAUL_NCCL_INCLUDE AND LONGHAUL_NCCL_LIBRARY)
    set(longhaul_has_nccl ON)
  endif()
endif()
message(STATUS "GPU modules: CUDA ${longhaul_has_cuda} (${LONGHAUL_NVCC}), NCCL ${longhaul_has_nccl}")
