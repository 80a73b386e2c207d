#include "collectives/nccl/profiler.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace longhaul::nccl {
namespace {

std::string plugin_path() {
  Dl_info module{};
  if (dladdr(reinterpret_cast<const void*>(&plugin_path), &module) == 0) return {};
  return std::filesystem::absolute(module.dli_fname).parent_path() / "liblonghaul_profiler.so";
}

}  // namespace

Profiler::Profiler() {
  constexpr std::size_t longest = 254;  // NCCL cuts what is longer
  const auto path = plugin_path();
  if (std::getenv("NCCL_PROFILER_PLUGIN") != nullptr || path.size() > longest) return;
  void* const plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // held: NCCL closes it with its last communicator
  if (plugin == nullptr) return;
  path_ = path;
  watch_ = reinterpret_cast<WatchProfiler*>(dlsym(plugin, "longhaul_profiler_watch_1"));
  read_ = reinterpret_cast<ReadProfiler*>(dlsym(plugin, "longhaul_profiler_notes_1"));
}

void Profiler::watch() {
  if (watch_ != nullptr) watch_(1);
}

ProfilerNotes Profiler::notes() {
  ProfilerNotes notes;
  if (watch_ != nullptr) watch_(0);
  if (read_ != nullptr) read_(&notes);
  return notes;
}

}  // namespace longhaul::nccl
