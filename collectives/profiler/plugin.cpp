#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <set>
#include <string>

#include "collectives/profiler/abi.hpp"
#include "collectives/profiler/notes.hpp"

#define LONGHAUL_EXPORT extern "C" __attribute__((visibility("default")))

using namespace longhaul;
using namespace longhaul::profiler_abi;

namespace {

/// NCCL's own numbers in version 1 (NCCL_ALGO_* and NCCL_PROTO_* of 2.23's nccl_common.h and device.h).
constexpr const char* algorithm_names[] = {"TREE",      "RING", "COLLNET_DIRECT", "COLLNET_CHAIN", "NVLS",
                                           "NVLS_TREE", "PAT"};
constexpr const char* protocol_names[] = {"LL", "LL128", "SIMPLE"};

template <std::size_t size>
const char* name_of(const char* const (&names)[size], std::uint8_t number) {
  return number < size ? names[number] : "unknown";
}
const char* name_of(const char* const (&)[7], const char* name) { return name; }
const char* name_of(const char* const (&)[3], const char* name) { return name; }

/// NCCL has one mask for the process and hands it to every communicator's init.
std::atomic<int*> mask{nullptr};
std::mutex mutex;
std::set<std::string> algorithms, protocols;
int channels = -1;
bool watching = false;

/// Of symmetric kernels NCCL gives an empty protocol and no channels: what it does not tell stays unknown.
void note(const char* algorithm, const char* protocol, int used) {
  const std::lock_guard lock(mutex);
  if (algorithm != nullptr && *algorithm != '\0') algorithms.insert(algorithm);
  if (protocol != nullptr && *protocol != '\0') protocols.insert(protocol);
  if (used > 0) channels = std::max(channels, used);
}

int begin(void** context, int* given) {
  static int any = 0;
  *context = &any;
  const std::lock_guard lock(mutex);
  mask = given;
  *given = watching ? group | collective : 0;
  return 0;
}

/// A handle for every event: NCCL shows collectives of groups with a handle only.
template <class Described>
int start(void*, void** handle, Described* described) {
  static int any = 0;
  *handle = &any;
  const auto& seen = described->collective;
  if (described->type == collective)
    note(name_of(algorithm_names, seen.algorithm), name_of(protocol_names, seen.protocol), seen.channels);
  return 0;
}
int stop(void*) { return 0; }
int record(void*, int, void*) { return 0; }
int finalize(void*) { return 0; }

void copy(const std::set<std::string>& words, char (&text)[128]) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ",") + word;
  std::snprintf(text, sizeof text, "%s", all.c_str());
}

constexpr const char* plugin_name = "longhaul";

}  // namespace

LONGHAUL_EXPORT const Table1 ncclProfiler_v1{plugin_name, &begin, &start<Description1>, &stop, &record, &finalize};
LONGHAUL_EXPORT const Table2 ncclProfiler_v2{plugin_name, &begin, &start<Description2>, &stop, &record, &finalize};
LONGHAUL_EXPORT const Table3 ncclProfiler_v3{plugin_name, &begin, &start<Description3>, &stop, &record, &finalize};
LONGHAUL_EXPORT const Table4 ncclProfiler_v4{
    plugin_name,
    [](void** context, int* given, const char*, std::uint64_t, int, int, int, void*) { return begin(context, given); },
    &start<Description4>,
    &stop,
    &record,
    &finalize};
LONGHAUL_EXPORT const Table5 ncclProfiler_v5{
    plugin_name,
    [](void** context, std::uint64_t, int* given, const char*, int, int, int, void*) { return begin(context, given); },
    &start<Description5>,
    &stop,
    &record,
    &finalize};

LONGHAUL_EXPORT void longhaul_profiler_watch_1(int on) {
  const std::lock_guard lock(mutex);
  watching = on != 0;
  if (watching) {
    algorithms.clear();
    protocols.clear();
    channels = -1;
  }
  if (int* const shared = mask) *shared = watching ? group | collective : 0;
}

LONGHAUL_EXPORT bool longhaul_profiler_notes_1(ProfilerNotes* notes) {
  const std::lock_guard lock(mutex);
  copy(algorithms, notes->algorithms);
  copy(protocols, notes->protocols);
  notes->channels = channels;
  return mask != nullptr;
}
