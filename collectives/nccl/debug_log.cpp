#include "collectives/nccl/debug_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace longhaul::nccl {

DebugLog::DebugLog() {
  if (std::getenv("NCCL_DEBUG") != nullptr || std::getenv("NCCL_DEBUG_FILE") != nullptr) return;
  std::error_code none;
  auto name = (std::filesystem::temp_directory_path(none) / "longhaul-nccl-XXXXXX").string();
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ >= 0) path_ = name;
}

DebugLog::~DebugLog() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(path_.c_str());
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
