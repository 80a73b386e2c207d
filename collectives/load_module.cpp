#include "collectives/load_module.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "topologies/error.hpp"
#include "topologies/share.hpp"

namespace longhaul {
namespace {

/// LONGHAUL_MODULES, else ../lib/longhaul from the program.
std::filesystem::path module_path(const std::string& name) {
  const char* const told = std::getenv("LONGHAUL_MODULES");
  const auto folder = told != nullptr ? std::filesystem::path(told) : program_path().parent_path() / "../lib/longhaul";
  return (folder / ("liblonghaul_" + name + ".so")).lexically_normal();
}

/// Never unloaded: what it made is used to the end of the process.
void* open_module(const std::string& name) {
  const auto path = module_path(name);
  if (!std::filesystem::exists(path))
    throw EnvironmentError(
        "this build has no GPU module {}; build where there is a CUDA toolkit with NCCL, or with ./quickstart "
        "--with-cuda",
        path.string());
  void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr)
    throw EnvironmentError("cannot load {}: {}; put the folders of the CUDA runtime and NCCL into LD_LIBRARY_PATH",
                           path.string(), dlerror());
  return module;
}

/// Calls one of the module's functions; its status becomes the exception it stands for.
template <class Function, class... Request>
auto asked_of(const std::string& name, const char* function, const Request*... request) {
  const auto call = reinterpret_cast<Function>(dlsym(open_module(name), function));
  if (call == nullptr)
    throw EnvironmentError("{} has no {}: it belongs to another version of longhaul; install both from one build",
                           module_path(name).string(), function);
  ModuleStatus status;
  auto* const result = call(request..., &status);
  if (status.code != 0) throw Error(static_cast<ExitCode>(status.code), status.text);
  return result;
}

}  // namespace

std::unique_ptr<Device> load_cuda_device(const DeviceRequest& request) {
  return std::unique_ptr<Device>(asked_of<MakeDevice>("cuda", "longhaul_cuda_device_2", &request));
}

std::unique_ptr<Communicator> load_nccl_communicator(const NcclRequest& request) {
  return std::unique_ptr<Communicator>(
      asked_of<MakeNcclCommunicator>("nccl", "longhaul_nccl_communicator_1", &request));
}

std::string nccl_library() { return asked_of<NameNcclLibrary>("nccl", "longhaul_nccl_library_1"); }

ModuleState module_state(const std::string& name) {
  try {
    open_module(name);
    return {true, module_path(name).string()};
  } catch (const EnvironmentError& error) {
    return {false, error.what()};
  }
}

}  // namespace longhaul
