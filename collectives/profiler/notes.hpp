#pragma once

/// What the plugin tells the NCCL module, which loads the same file. Between watch(1) and watch(0) NCCL calls the
/// plugin for each collective; else never, so that nothing of it is in timed calls.
namespace longhaul {

struct ProfilerNotes {
  char algorithms[128] = {}, protocols[128] = {};  ///< "RING,TREE"
  int channels = -1;                               ///< the most of any collective; −1 none seen
};

/// "longhaul_profiler_watch_1"
using WatchProfiler = void(int on);
/// "longhaul_profiler_notes_1": what was seen since watch(1). False where NCCL has not loaded the plugin.
using ReadProfiler = bool(ProfilerNotes* notes);

}  // namespace longhaul
