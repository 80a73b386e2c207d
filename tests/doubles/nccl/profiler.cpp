#include "profiler.hpp"

#include <dlfcn.h>
#include <strings.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>

#include "communicator.hpp"

namespace longhaul::doubles {
namespace {

typedef struct {
  uint8_t type;
  void* parentObj;
  int rank;
  union {
    struct {
      const char* name;
      uint64_t commHash, seqNumber;
      uint8_t func;
      void const* sendBuff;
      void* recvBuff;
      size_t count;
      int root;
      uint8_t datatype;
      uint32_t op;
      size_t trafficBytes;
      uint8_t nMaxChannels, nWarps, algo, proto;
      int isCollnet, isNvls;
    } coll1;
    struct {
      const char* name;
      uint64_t commHash, seqNumber;
      const char* func;
      void const* sendBuff;
      void* recvBuff;
      size_t count;
      int root;
      const char* datatype;
      size_t trafficBytes;
      uint8_t nMaxChannels, nWarps;
      const char *algo, *proto;
    } coll2;
    struct {
      const char* name;
      uint64_t commHash, seqNumber;
      const char* func;
      void const* sendBuff;
      void* recvBuff;
      size_t count;
      int root;
      const char* datatype;
      uint8_t nMaxChannels, nWarps;
      const char *algo, *proto;
    } coll3;
    struct {
      uint64_t seqNumber;
      const char* func;
      void const* sendBuff;
      void* recvBuff;
      size_t count;
      int root;
      const char* datatype;
      uint8_t nChannels, nWarps;
      const char *algo, *proto;
    } coll4;
  };
} Event;

typedef struct {
  uint64_t type;
  void* parentObj;
  int rank;
  union {
    struct {
      bool graphCaptured;
      int groupDepth;
    } groupApi;
    struct {
      uint64_t seqNumber;
      const char* func;
      void const* sendBuff;
      void* recvBuff;
      size_t count;
      int root;
      const char* datatype;
      uint8_t nChannels, nWarps;
      const char *algo, *proto;
      void* parentGroup;
    } coll;
  };
} Event5;

/// init differs; what follows does not.
typedef struct {
  const char* name;
  void* init;
  ncclResult_t (*startEvent)(void* context, void** handle, void* description);
  ncclResult_t (*stopEvent)(void* handle);
  ncclResult_t (*recordEventState)(void* handle, int state, void* arguments);
  ncclResult_t (*finalize)(void* context);
} Plugin;

enum { profile_group = 1, profile_collective = 2 };

std::mutex mutex;
int mask = 0, users = 0, version = 0;
void* library = nullptr;
const Plugin* plugin = nullptr;

int newest_known() {
  const int played = played_version();
  return played >= 22800   ? 5
         : played >= 22700 ? 4
         : played >= 22600 ? 3
         : played >= 22400 ? 2
         : played >= 22300 ? 1
                           : 0;
}

void load() {
  const char* const name = std::getenv("NCCL_PROFILER_PLUGIN");
  if (name == nullptr || strcasecmp(name, "none") == 0) return;
  library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  for (version = newest_known(); library != nullptr && version > 0; --version) {
    plugin = static_cast<const Plugin*>(dlsym(library, ("ncclProfiler_v" + std::to_string(version)).c_str()));
    if (plugin != nullptr) return;
  }
}

/// Version 1 has numbers for words.
std::uint8_t number_of(const std::string& word) {
  for (const auto* const words : {"TREE RING", "LL LL128 SIMPLE"}) {
    std::uint8_t number = 0;
    for (const char* at = words; *at != '\0';) {
      const auto length = std::string(at).find_first_of(' ');
      if (word == std::string(at).substr(0, length)) return number;
      at = length == std::string::npos ? "" : at + length + 1;
      ++number;
    }
  }
  return 255;
}

void start_and_stop(void* context, void* group, const Manner& manner, const char* function, const void* send,
                    void* receive, std::size_t count, int rank) {
  void* handle = nullptr;
  const auto channels = static_cast<std::uint8_t>(manner.channels);
  const char *const algorithm = manner.algorithm.c_str(), *const protocol = manner.protocol.c_str();
  Event event{};
  Event5 event5{};
  event.type = profile_collective;
  event.parentObj = group;
  event.rank = rank;
  if (version == 1)
    event.coll1 = {
        "", 1, 1, 0, send, receive, count, 0, 0, 0, 0, channels, 1, number_of(algorithm), number_of(protocol), 0, 0};
  else if (version == 2)
    event.coll2 = {"", 1, 1, function, send, receive, count, 0, "", 0, channels, 1, algorithm, protocol};
  else if (version == 3)
    event.coll3 = {"", 1, 1, function, send, receive, count, 0, "", channels, 1, algorithm, protocol};
  else if (version == 4)
    event.coll4 = {1, function, send, receive, count, 0, "", channels, 1, algorithm, protocol};
  event5.type = profile_collective;
  event5.parentObj = group;
  event5.rank = rank;
  event5.coll = {1, function, send, receive, count, 0, "", channels, 1, algorithm, protocol, nullptr};
  plugin->startEvent(context, &handle, version == 5 ? static_cast<void*>(&event5) : &event);
  plugin->stopEvent(handle);
}

}  // namespace

void* open_profiler(int rank, int ranks) {
  const std::lock_guard lock(mutex);
  if (users++ == 0) load();
  if (plugin == nullptr) return nullptr;
  void* context = nullptr;
  if (version <= 3)
    reinterpret_cast<ncclResult_t (*)(void**, int*)>(plugin->init)(&context, &mask);
  else if (version == 4)
    reinterpret_cast<ncclResult_t (*)(void**, int*, const char*, uint64_t, int, int, int, void*)>(plugin->init)(
        &context, &mask, nullptr, 1, 1, ranks, rank, nullptr);
  else
    reinterpret_cast<ncclResult_t (*)(void**, uint64_t, int*, const char*, int, int, int, void*)>(plugin->init)(
        &context, 1, &mask, nullptr, 1, ranks, rank, nullptr);
  return context;
}

void close_profiler(void* context) {
  const std::lock_guard lock(mutex);
  if (plugin != nullptr && context != nullptr) plugin->finalize(context);
  if (--users > 0 || library == nullptr) return;
  dlclose(library);
  library = nullptr;
  plugin = nullptr;
}

void tell_profiler(void* context, const Manner& manner, const char* function, const void* send, void* receive,
                   std::size_t count, std::size_t bytes, int rank) {
  const std::lock_guard lock(mutex);
  if (plugin == nullptr || (mask & profile_collective) == 0) return;
  constexpr std::size_t small = 2048;
  Manner used = manner;
  if (used.algorithm.empty()) used.algorithm = bytes < small ? "TREE" : "RING";
  if (used.symmetric) {
    used.protocol.clear();
    used.channels = 0;
  } else if (used.protocol.empty())
    used.protocol = bytes < small ? "LL" : "SIMPLE";
  void* group = nullptr;
  Event event{};
  Event5 event5{};
  event.type = profile_group;
  event5.type = profile_group;
  plugin->startEvent(context, &group, version == 5 ? static_cast<void*>(&event5) : &event);
  if (group == nullptr) return;  // NCCL shows collectives of a group that has a handle only
  start_and_stop(context, group, used, function, send, receive, count, rank);
  plugin->stopEvent(group);
}

}  // namespace longhaul::doubles
