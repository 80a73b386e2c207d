#pragma once
#include <memory>
#include <string>

#include "collectives/module.hpp"

namespace longhaul {

/// The CUDA device of this rank, by liblonghaul_cuda.so.
/// @throws EnvironmentError where the module, the runtime or a device is missing
std::unique_ptr<Device> load_cuda_device(const DeviceRequest& request);

/// NCCL's communicators, by liblonghaul_nccl.so; collective.
/// @throws EnvironmentError, HangError
std::unique_ptr<Communicator> load_nccl_communicator(const NcclRequest& request);

/// "NCCL 2.28.9": this rank's, for itself.
/// @throws EnvironmentError where the module or NCCL is missing, or too old
std::string nccl_library();

/// What is there for the GPU, for `longhaul doctor`: where the module is, or why it cannot be loaded.
struct ModuleState {
  bool usable = false;
  std::string found;
};
ModuleState module_state(const std::string& name);

}  // namespace longhaul
