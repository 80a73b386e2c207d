#pragma once
#include <cstddef>
#include <cstdint>

/// NCCL's profiler plugin interface, versions 1 (NCCL 2.23) to 5 (2.28; later ones still load it): what this plugin
/// uses of it, declared anew from NCCL's public src/include/plugin/profiler/profiler_v*.h. NCCL looks for the newest
/// symbol that it knows, ncclProfiler_v5 … ncclProfiler_v1. ncclResult_t is an int whose 0 is success.
namespace longhaul::profiler_abi {

enum Event : std::uint64_t { group = 1, collective = 2, point_to_point = 4 };

/// A collective as version 1 describes it: enumerators of NCCL's device.h instead of words.
struct Collective1 {
  const char* name;
  std::uint64_t comm_hash, sequence;
  std::uint8_t function;
  const void* send;
  void* receive;
  std::size_t count;
  int root;
  std::uint8_t type;
  std::uint32_t op;
  std::size_t traffic_bytes;
  std::uint8_t channels, warps, algorithm, protocol;
  int is_collnet, is_nvls;
};
struct Collective2 {
  const char* name;
  std::uint64_t comm_hash, sequence;
  const char* function;
  const void* send;
  void* receive;
  std::size_t count;
  int root;
  const char* type;
  std::size_t traffic_bytes;
  std::uint8_t channels, warps;
  const char *algorithm, *protocol;
};
struct Collective3 {
  const char* name;
  std::uint64_t comm_hash, sequence;
  const char* function;
  const void* send;
  void* receive;
  std::size_t count;
  int root;
  const char* type;
  std::uint8_t channels, warps;
  const char *algorithm, *protocol;
};
/// Also of version 5.
struct Collective4 {
  std::uint64_t sequence;
  const char* function;
  const void* send;
  void* receive;
  std::size_t count;
  int root;
  const char* type;
  std::uint8_t channels, warps;
  const char *algorithm, *protocol;
};

/// What leads every description; the union that follows is read as a collective only.
template <class Type, class Collective>
struct Description {
  Type type;
  void* parent;
  int rank;
  Collective collective;
};

using Description1 = Description<std::uint8_t, Collective1>;
using Description2 = Description<std::uint8_t, Collective2>;
using Description3 = Description<std::uint8_t, Collective3>;
using Description4 = Description<std::uint8_t, Collective4>;
using Description5 = Description<std::uint64_t, Collective4>;

/// The table behind each symbol; `Init` is init's type, which grew.
template <class Init, class Described>
struct Table {
  const char* name;
  Init* init;
  int (*start)(void* context, void** handle, Described* description);
  int (*stop)(void* handle);
  int (*record)(void* handle, int state, void* arguments);
  int (*finalize)(void* context);
};

using Init1 = int(void** context, int* mask);
using Init4 = int(void** context, int* mask, const char* name, std::uint64_t hash, int nodes, int ranks, int rank,
                  void* log);
using Init5 = int(void** context, std::uint64_t id, int* mask, const char* name, int nodes, int ranks, int rank,
                  void* log);

using Table1 = Table<Init1, Description1>;
using Table2 = Table<Init1, Description2>;
using Table3 = Table<Init1, Description3>;
using Table4 = Table<Init4, Description4>;
using Table5 = Table<Init5, Description5>;

}  // namespace longhaul::profiler_abi
