#include "topologies/lab/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "topologies/error.hpp"

namespace longhaul {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int checked(int result, const std::string& what) {
  if (result == -1) throw EnvironmentError("cannot {}: {}", what, std::strerror(errno));
  return result;
}

Fd open_file(const std::string& path, int flags) {
  return Fd(checked(::open(path.c_str(), flags | O_CLOEXEC), "open " + path));
}

Pipe::Pipe() {
  int ends[2];
  checked(::pipe2(ends, O_CLOEXEC), "make a pipe");
  read = Fd(ends[0]);
  write = Fd(ends[1]);
}

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    done += static_cast<std::size_t>(written);
  }
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace longhaul
