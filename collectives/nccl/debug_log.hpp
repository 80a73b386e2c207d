#pragma once
#include <string>

#include "collectives/nccl/scoped_environment.hpp"

namespace longhaul::nccl {

/// NCCL's log of this process in a file that lies in memory and goes with the process, for what no call tells: what
/// connections go over. A log that the user asks for (NCCL_DEBUG, NCCL_DEBUG_FILE) stays theirs, and this one stays
/// empty.
class DebugLog {
 public:
  DebugLog();
  ~DebugLog();
  DebugLog(const DebugLog&) = delete;
  DebugLog& operator=(const DebugLog&) = delete;

  /// To be held while the first communicator is made.
  class Environment {
   public:
    explicit Environment(const std::string& path)
        : level_("NCCL_DEBUG", path.empty() ? "" : "INFO"),
          subsystems_("NCCL_DEBUG_SUBSYS", path.empty() ? "" : "INIT"),
          file_("NCCL_DEBUG_FILE", path) {}

   private:
    ScopedEnvironment level_, subsystems_, file_;
  };
  Environment environment() const { return Environment(path_); }

  /// What was written since the last time.
  std::string fresh();

 private:
  std::string path_;  ///< empty: not ours
  int file_ = -1;
};

}  // namespace longhaul::nccl
