#include "collectives/nccl/debug_log.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace longhaul::nccl {

DebugLog::DebugLog() {
  if (std::getenv("NCCL_DEBUG") != nullptr || std::getenv("NCCL_DEBUG_FILE") != nullptr) return;
  file_ = memfd_create("longhaul-nccl-log", MFD_CLOEXEC);
  if (file_ >= 0) path_ = fmt::format("/proc/self/fd/{}", file_);
}

DebugLog::~DebugLog() {
  if (file_ >= 0) ::close(file_);
}

std::string DebugLog::fresh() {
  std::string text;
  if (file_ < 0) return text;
  char block[4096];
  for (ssize_t bytes = 0; (bytes = ::read(file_, block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(bytes));
  return text;
}

}  // namespace longhaul::nccl
