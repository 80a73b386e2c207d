#pragma once
#include <nccl.h>

#include <cstddef>
#include <string>
#include <vector>

#include "collectives/nccl_settings.hpp"
#include "kernels/data_type.hpp"

/// Everything that differs between NCCL 2.20 and the newest: what the header that we were compiled with declares, and
/// what the library that we run on has, which may be older or newer.
namespace longhaul::nccl {

/// The oldest that is supported: ncclCommSplit (2.18), ncclMemAlloc and ncclCommRegister (2.19), its net plugin v8.
constexpr int oldest = 22000;

/// Of the library in this process, as NCCL_VERSION_CODE.
int library_version();
/// "2.28.9"
struct VersionText {
  char text[16];
};
VersionText text_of(int version);

/// True on the tests' stand-in.
bool library_is_double();
/// "NCCL 2.28.9"; " (double)" behind it on the stand-in.
std::string library_name();

/// @throws EnvironmentError for a library older than `oldest`
void require_supported();
/// @throws UsageError for a type the library lacks (float8 before 2.24)
void require_type(DataType type);
/// @throws UsageError for a setting the library, or the header we were built with, lacks
void require_settings(const NcclSettings& settings);

/// Of the communicator that all others are split off: non-blocking, else NCCL's defaults.
ncclConfig_t config_of_base();
/// The configuration that the settings ask for. `net` outlives it; empty: NCCL's choice.
ncclConfig_t config_of(const NcclSettings& settings, const std::string& net);

ncclDataType_t type_of(DataType type);
ncclRedOp_t op_of(ReduceOp op);

/// A symmetric window; only where require_settings has let it pass. On a non-blocking communicator NCCL writes `window`
/// when the communicator is ready again. It stays null where NCCL has no use for one.
ncclResult_t register_window(ncclComm_t comm, void* buffer, std::size_t bytes, void** window);
ncclResult_t deregister_window(ncclComm_t comm, void* window);

/// Aborts them all before any of the calls waits: in a group from 2.22 on, which took no aborts before; else by a
/// thread each.
void abort_at_once(const std::vector<ncclComm_t>& comms);

constexpr const char* no_reason = "NCCL gave no reason";
/// NCCL's own words on the last error, newest first known to this process.
const char* last_error(ncclComm_t comm);

}  // namespace longhaul::nccl
