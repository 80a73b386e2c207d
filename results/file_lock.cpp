#include "results/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

std::string who_we_are() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) std::strcpy(host.data(), "unknown host");
  const char* lab = std::getenv("LONGHAUL_LAB");
  return fmt::format("process {} on {}{}", getpid(), host.data(),
                     lab != nullptr ? " of lab " + std::filesystem::path(lab).filename().string() : "");
}

std::string holder(int descriptor) {
  std::array<char, 512> text{};
  const ssize_t length = pread(descriptor, text.data(), text.size() - 1, 0);
  std::string name(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  name = name.substr(0, name.find('\n'));
  return name.empty() ? "another process" : name;
}

/// The holder removes the file at its end: a descriptor opened before that locks a file that no one else will see.
bool is_still_there(int descriptor, const std::filesystem::path& path) {
  struct stat open {
  }, named{};
  return fstat(descriptor, &open) == 0 && stat(path.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file) : path_(file.string() + ".lock") {
  do {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
      throw EnvironmentError("cannot write '{}': {}; {}", file.string(), std::strerror(errno), remedy(errno, file));
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      const auto name = holder(descriptor);
      ::close(descriptor);
      throw UsageError("'{}' is being written by {}; wait until it has ended or choose another file with -o",
                       file.string(), name);
    }
    descriptor_ = descriptor;
  } while (!is_still_there(descriptor_, path_));
  const auto text = who_we_are() + "\n";
  // The name is for people: a lock without it still holds, so an error here (disk full) is left to the first real
  // write.
  if (ftruncate(descriptor_, 0) == 0 && pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
}

FileLock::~FileLock() {
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace longhaul
