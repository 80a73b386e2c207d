#include "topologies/netem/lease.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "topologies/error.hpp"
#include "topologies/netem/host.hpp"

namespace longhaul {
namespace {

/// A clock that is set or a machine that sleeps must not prolong the lease.
constexpr std::chrono::seconds kLook{30};

[[noreturn]] void keep(const std::string& id, std::chrono::system_clock::time_point until) {
  ::setsid();
  if (::fork() != 0) std::_Exit(0);  // so that nobody has to wait for it
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  constexpr int kMostOpen = 1024;
  for (int fd = STDERR_FILENO + 1; fd < kMostOpen; ++fd) ::close(fd);  // a pipe's reader must not wait for us
  [[maybe_unused]] const int moved = ::chdir("/");
  for (;;) {
    const auto left = until - std::chrono::system_clock::now();
    if (left <= std::chrono::seconds(0)) break;
    std::this_thread::sleep_for(std::min<std::chrono::system_clock::duration>(left, kLook));
  }
  int code = 0;
  try {
    clean_netem(id);
  } catch (const std::exception&) {
    code = 1;  // nobody listens; the journal stays, and `wan clean` says what is wrong
  }
  std::_Exit(code);
}

}  // namespace

void start_lease(const std::string& id, std::chrono::system_clock::time_point until) {
  const pid_t child = ::fork();
  if (child < 0) throw EnvironmentError("cannot start the process that ends the lease");
  if (child == 0) keep(id, until);
  int status = 0;
  ::waitpid(child, &status, 0);
}

}  // namespace longhaul
