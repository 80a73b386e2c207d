#pragma once
#include <string>
#include <utility>

namespace longhaul {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// What a system call gave, unless that was −1.
/// @throws EnvironmentError "cannot WHAT: <reason of errno>"
int checked(int result, const std::string& what);

/// Opens close-on-exec. @throws EnvironmentError
Fd open_file(const std::string& path, int flags);

/// A close-on-exec pipe.
struct Pipe {
  Pipe();
  Fd read, write;
};

/// Writes all of it, or as much as the reader takes before it closes.
void write_all(int fd, const std::string& text);
/// Reads until the writers have closed.
std::string read_all(int fd);

}  // namespace longhaul
