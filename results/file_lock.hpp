#pragma once
#include <filesystem>

namespace longhaul {

/// The right to write FILE, held by one process at a time: an flock on FILE.lock (mode 0600), which ends with the
/// process however it ends, so a lock file that a killed run left behind holds nobody up. It names its holder.
/// On a file system without flock there is no lock.
class FileLock {
 public:
  /// @throws UsageError when another process holds it (names its pid and host)
  /// @throws EnvironmentError when FILE.lock cannot be made: the folder is missing or not writable
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace longhaul
