#include "topologies/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void fail(const std::filesystem::path& path) {
  const int error = errno;
  throw EnvironmentError("cannot write '{}': {}; {}", path.string(), std::strerror(error), remedy(error, path));
}

/// @return false with errno set
bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// The rename is durable only when the folder is. Some network file systems have no fsync of folders: nothing to do
/// there.
bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.number() < 0) return false;
  return ::fsync(descriptor.number()) == 0 || errno == EINVAL || errno == ENOTSUP;
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::filesystem::path temporary_of(const std::filesystem::path& file) {
  return folder_of(file) / ("." + file.filename().string() + ".tmp");
}

std::string remedy(int error, const std::filesystem::path& path) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return "free some space or choose another folder";
    case EFBIG: return "raise the file size limit (ulimit -f) or choose another folder";
    case ENOENT:
      if (std::error_code ignored; std::filesystem::is_directory(folder_of(path), ignored)) break;
      return fmt::format("make the folder first: mkdir -p '{}'", folder_of(path).string());
    case EACCES:
    case EPERM:
    case EROFS: return "choose a folder that you may write to";
    default: break;
  }
  return "choose another folder";
}

void make_folder_durably(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0777) == 0) {
    if (!sync_folder(folder_of(folder))) fail(folder);
  } else if (errno != EEXIST) {
    fail(folder);
  }
}

void write_durably(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  const auto temporary = temporary_of(file);
  {
    const Descriptor descriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (descriptor.number() < 0) fail(file);
    if (!write_all(descriptor.number(), bytes) || ::fsync(descriptor.number()) != 0) {
      const int error = errno;
      ::unlink(temporary.c_str());
      errno = error;
      fail(file);
    }
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    errno = error;
    fail(file);
  }
  if (!sync_folder(folder_of(file))) fail(file);
}

}  // namespace longhaul
