#pragma once
#include <cstddef>
#include <cstdint>

#include "collectives/communicator.hpp"
#include "collectives/device.hpp"
#include "collectives/layout.hpp"
#include "topologies/units.hpp"

/// What passes between the program and the GPU modules, which it loads at run time. Each module has one factory, a C
/// function with the version of this header in its name (NCCL's has another, for its version); what goes wrong comes
/// back as a code and a text, since an exception must not leave a function that C may call.
namespace longhaul {

struct ModuleStatus {
  int code = 0;  ///< ExitCode; 0 when all went well
  char text[2000] = {};
};

/// Which device a rank takes: its number among the ranks of its host, under CUDA_VISIBLE_DEVICES; where each rank sees
/// one device only, that.
struct DeviceRequest {
  int rank = 0, local_rank = 0, local_ranks = 1;
};
/// "longhaul_cuda_device_2", in liblonghaul_cuda.so. The caller owns what it gets.
using MakeDevice = Device* (*)(const DeviceRequest*, ModuleStatus*);

struct NcclRequest {
  int rank = 0;
  const Layout* layout = nullptr;
  Duration deadline{};                             ///< of every wait
  std::size_t chunk_bytes = std::size_t{4} << 20;  ///< hierarchical: the levels overlap chunk by chunk
  /// Rank 0's bytes to all ranks; collective.
  void (*broadcast)(void* context, void* data, std::size_t bytes) = nullptr;
  void* context = nullptr;
};
/// "longhaul_nccl_communicator_1", in liblonghaul_nccl.so. The device of the calling thread is the rank's. The caller
/// owns what it gets.
using MakeNcclCommunicator = Communicator* (*)(const NcclRequest*, ModuleStatus*);

/// "longhaul_nccl_library_1", in the same module: the library's name and version, without any rank having to meet
/// another. The text is the module's, and stays.
using NameNcclLibrary = const char* (*)(ModuleStatus*);

}  // namespace longhaul
