#pragma once
#include <cstddef>
#include <string>

namespace longhaul::doubles {

/// What one communicator says it does with its collectives.
struct Manner {
  std::string algorithm, protocol;  ///< NCCL_ALGO and NCCL_PROTO of when it was made; empty: by size
  int channels = 2;
  bool symmetric = false;  ///< by a symmetric kernel, of which NCCL tells neither protocol nor channels
};

/// A profiler plugin as NCCL loads and calls it: NCCL_PROFILER_PLUGIN, the newest ncclProfiler_vN that the version
/// played knows (2.23: 1, 2.24: 2, 2.26: 3, 2.27: 4, 2.28: 5), one init a communicator, events by its mask. The layouts
/// are those of NCCL's public src/include/plugin/profiler/profiler_v*.h, written down here once more so that the
/// plugin's own are not checked against themselves.
void* open_profiler(int rank, int ranks);  ///< the communicator's context; null without a plugin
void close_profiler(void* context);
void tell_profiler(void* context, const Manner& manner, const char* function, const void* send, void* receive,
                   std::size_t count, std::size_t bytes, int rank);

}  // namespace longhaul::doubles
