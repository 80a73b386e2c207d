#include "topologies/netem/lease.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "topologies/error.hpp"
#include "topologies/netem/host.hpp"
#include "topologies/netem/journal.hpp"

namespace longhaul {
namespace {

/// A clock that is set or a machine that sleeps must not prolong the lease, nor what was cleaned up keep its process.
constexpr std::chrono::seconds kLook{5};

/// Leaves terminal, session, parent and all files behind but one.
void leave_all_but(int kept) {
  ::setsid();
  if (::fork() != 0) std::_Exit(0);  // so that nobody has to wait for it
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  constexpr int kMostOpen = 1024;
  for (int fd = STDERR_FILENO + 1; fd < kMostOpen; ++fd)
    if (fd != kept) ::close(fd);  // a pipe's reader must not wait for us
  [[maybe_unused]] const int moved = ::chdir("/");
}

[[noreturn]] void take_back(const std::string& id) {
  int code = 0;
  try {
    clean_netem(id);
  } catch (const std::exception&) {
    code = 1;  // nobody listens; the journal stays, and `wan clean` says what is wrong
  }
  std::_Exit(code);
}

bool is_over_early(const std::string& id) {
  try {
    return std::ranges::none_of(read_journals(), [&](const JournalEntry& entry) { return entry.id == id; });
  } catch (const std::exception&) {
    return false;  // a journal that cannot be read now may be so later
  }
}

[[noreturn]] void keep(const std::string& id, std::chrono::system_clock::time_point until) {
  leave_all_but(-1);
  for (;;) {
    const auto left = until - std::chrono::system_clock::now();
    if (left <= std::chrono::seconds(0)) break;
    if (is_over_early(id)) std::_Exit(0);
    std::this_thread::sleep_for(std::min<std::chrono::system_clock::duration>(left, kLook));
  }
  take_back(id);
}

[[noreturn]] void keep_while_open(const std::string& id, int pipe) {
  leave_all_but(pipe);
  char none = 0;
  while (::read(pipe, &none, 1) < 0 && errno == EINTR) {
  }
  take_back(id);
}

/// Waits for the child that has left a grandchild behind.
void expect_left_behind(pid_t child) {
  if (child < 0) throw EnvironmentError("cannot start the process that ends the lease");
  int status = 0;
  ::waitpid(child, &status, 0);
}

}  // namespace

void start_lease(const std::string& id, std::chrono::system_clock::time_point until) {
  const pid_t child = ::fork();
  if (child == 0) keep(id, until);
  expect_left_behind(child);
}

ProcessLease::ProcessLease(const std::string& id) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError("cannot make the pipe that ends the lease");
  const pid_t child = ::fork();
  if (child == 0) keep_while_open(id, ends[0]);
  ::close(ends[0]);
  alive_ = ends[1];
  expect_left_behind(child);
}

ProcessLease::~ProcessLease() { ::close(alive_); }

}  // namespace longhaul
