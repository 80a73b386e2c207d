#include "collectives/nccl/version.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <thread>

#include "topologies/error.hpp"

namespace longhaul::nccl {
namespace {

constexpr int has_traffic_class = 22600, has_float8 = 22400, has_windows = 22700, has_group_abort = 22200;

// Windows are called through pointers: a library that lacks them must still load.
struct Window;
using RegisterWindow = ncclResult_t (*)(ncclComm_t, void*, std::size_t, Window**, int);
using DeregisterWindow = ncclResult_t (*)(ncclComm_t, Window*);

template <class Function>
Function found(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name) != nullptr
                                        ? dlsym(RTLD_DEFAULT, name)
                                        : dlsym(dlopen("libnccl.so.2", RTLD_NOW | RTLD_NOLOAD), name));
}

void require(int version, const char* what) {
  if (library_version() < version)
    throw UsageError("{} needs NCCL {} or newer; this process runs {}", what, text_of(version).text,
                     text_of(library_version()).text);
  if (NCCL_VERSION_CODE < version)
    throw UsageError("{} needs a longhaul built with NCCL {} or newer; this one was built with {}", what,
                     text_of(version).text, text_of(NCCL_VERSION_CODE).text);
}

}  // namespace

int library_version() {
  int version = 0;
  ncclGetVersion(&version);
  return version;
}

VersionText text_of(int version) {
  VersionText text{};
  std::snprintf(text.text, sizeof text.text, "%d.%d.%d", version / 10000, version / 100 % 100, version % 100);
  return text;
}

bool library_is_double() {
  Dl_info info{};
  // Of the library that ncclGetVersion came from, whatever else the process has loaded.
  if (dladdr(reinterpret_cast<const void*>(&ncclGetVersion), &info) == 0) return false;
  void* const library = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  return library != nullptr && dlsym(library, "longhaul_nccl_double") != nullptr;
}

std::string library_name() {
  return std::string("NCCL ") + text_of(library_version()).text + (library_is_double() ? " (double)" : "");
}

void require_supported() {
  if (library_version() < oldest)
    throw EnvironmentError("NCCL {} is too old; expected {} or newer in LD_LIBRARY_PATH",
                           text_of(library_version()).text, text_of(oldest).text);
}

void require_type(DataType type) {
  if (type == DataType::float8_e4m3 || type == DataType::float8_e5m2) require(has_float8, "float8");
}

void require_settings(const NcclSettings& settings) {
  if (settings.window) require(has_windows, "nccl setting 'window'");
  if (settings.traffic_class) require(has_traffic_class, "nccl setting 'traffic_class'");
}

ncclConfig_t config_of_base() {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  return config;
}

ncclConfig_t config_of(const NcclSettings& settings, const std::string& net) {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = settings.nonblocking ? 0 : 1;
  if (settings.min_ctas) config.minCTAs = *settings.min_ctas;
  if (settings.max_ctas) config.maxCTAs = *settings.max_ctas;
  if (!net.empty()) config.netName = net.c_str();
#if NCCL_VERSION_CODE >= 22600
  if (settings.traffic_class) config.trafficClass = *settings.traffic_class;
#endif
  return config;
}

ncclDataType_t type_of(DataType type) {
  switch (type) {
    case DataType::int8: return ncclInt8;
    case DataType::uint8: return ncclUint8;
    case DataType::int32: return ncclInt32;
    case DataType::uint32: return ncclUint32;
    case DataType::int64: return ncclInt64;
    case DataType::uint64: return ncclUint64;
    case DataType::float16: return ncclFloat16;
    case DataType::bfloat16: return ncclBfloat16;
    case DataType::float8_e4m3: return static_cast<ncclDataType_t>(10);  // older headers have no name for them
    case DataType::float8_e5m2: return static_cast<ncclDataType_t>(11);
    case DataType::float32: return ncclFloat32;
    case DataType::float64: break;
  }
  return ncclFloat64;
}

ncclRedOp_t op_of(ReduceOp op) {
  switch (op) {
    case ReduceOp::prod: return ncclProd;
    case ReduceOp::min: return ncclMin;
    case ReduceOp::max: return ncclMax;
    case ReduceOp::avg: return ncclAvg;
    case ReduceOp::sum: break;
  }
  return ncclSum;
}

ncclResult_t register_window(ncclComm_t comm, void* buffer, std::size_t bytes, void** window) {
  constexpr int symmetric = 1;  // NCCL_WIN_COLL_SYMMETRIC
  const auto call = found<RegisterWindow>("ncclCommWindowRegister");
  return call == nullptr ? ncclInvalidUsage : call(comm, buffer, bytes, reinterpret_cast<Window**>(window), symmetric);
}

ncclResult_t deregister_window(ncclComm_t comm, void* window) {
  const auto call = found<DeregisterWindow>("ncclCommWindowDeregister");
  return call == nullptr ? ncclInvalidUsage : call(comm, static_cast<Window*>(window));
}

void abort_at_once(const std::vector<ncclComm_t>& comms) {
  if (library_version() >= has_group_abort) {
    ncclGroupStart();
    for (const auto comm : comms) ncclCommAbort(comm);
    ncclGroupEnd();
    return;
  }
  std::vector<std::thread> threads;
  for (const auto comm : comms) threads.emplace_back([comm] { ncclCommAbort(comm); });
  for (auto& thread : threads) thread.join();
}

const char* last_error(ncclComm_t comm) {
  const char* const text = ncclGetLastError(comm);
  return text != nullptr && *text != '\0' ? text : no_reason;
}

}  // namespace longhaul::nccl
