#pragma once
#include <string>

#include "collectives/nccl/scoped_environment.hpp"
#include "collectives/profiler/notes.hpp"

namespace longhaul::nccl {

/// Asks NCCL, by its environment, to load our profiler plugin (lib/longhaul/liblonghaul_profiler.so beside this
/// module). Before the first communicator. A plugin that the user names in NCCL_PROFILER_PLUGIN stays, and ours is not
/// heard.
class Profiler {
 public:
  Profiler();
  /// To be held while the first communicator is made.
  ScopedEnvironment environment() const { return {"NCCL_PROFILER_PLUGIN", path_}; }
  /// NCCL tells of its collectives until the next call; nothing of them before.
  void watch();
  /// Ends that. What was told; empty texts where nothing was.
  ProfilerNotes notes();

 private:
  std::string path_;  ///< empty: not heard
  WatchProfiler* watch_ = nullptr;
  ReadProfiler* read_ = nullptr;
};

}  // namespace longhaul::nccl
