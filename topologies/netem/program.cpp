#include "topologies/netem/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

extern char** environ;

namespace longhaul {
namespace {

/// A file in memory that a program writes to; never fills up as a pipe would.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("output", MFD_CLOEXEC)) {}
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int fd() const { return fd_; }
  std::string text() const {
    std::string text;
    char buffer[4096];
    ::lseek(fd_, 0, SEEK_SET);
    for (ssize_t got = 0; (got = ::read(fd_, buffer, sizeof buffer)) > 0;) text.append(buffer, got);
    return text;
  }

 private:
  int fd_;
};

/// PATH of root's shells on Debian lacks nothing, but that of a batch job's prolog may.
void find_system_tools() {
  const char* path = std::getenv("PATH");
  const std::string all = std::string(path ? path : "") + ":/usr/sbin:/sbin:/usr/bin:/bin";
  ::setenv("PATH", all.c_str(), 1);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command) {
  static const bool found = (find_system_tools(), true);
  (void)found;
  const MemoryFile out, err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.fd(), STDERR_FILENO);
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = -1;
  const int fault = ::posix_spawnp(&pid, words.front(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (fault != 0) return {127, "", "there is no program '" + command.front() + "'"};
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out.text(), err.text()};
}

std::string shell_text(const std::vector<std::string>& command) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  std::string text;
  for (const auto& word : command) {
    if (!text.empty()) text += ' ';
    const bool safe = !word.empty() && word.find_first_not_of(plain) == std::string::npos;
    text += safe ? word : "'" + word + "'";
  }
  return text;
}

}  // namespace longhaul
