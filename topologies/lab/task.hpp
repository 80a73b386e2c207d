#pragma once
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "topologies/lab/fd.hpp"

namespace longhaul {

/// Work done in a forked child, such as work in another namespace; wait() brings its fault back.
class Task {
 public:
  /// @param work  runs in the child; what it throws becomes wait()'s error, so does what a program that it becomes
  ///              prints to stderr before failing
  explicit Task(const std::function<void()>& work);
  Task(Task&&) = default;
  Task& operator=(Task&&) = default;
  pid_t pid() const { return pid_; }
  /// @throws EnvironmentError with the child's own words when it failed
  void wait();

 private:
  pid_t pid_ = -1;
  Fd fault_;
};

/// Becomes the program `command[0]` (found on PATH, or where system tools lie).
/// @throws EnvironmentError when it cannot be run
[[noreturn]] void become(const std::vector<std::string>& command);

/// Where `become` would find a program; empty where it is missing.
std::string find_program(const std::string& name);

/// What a program prints to stdout; empty where it cannot be run.
std::string output_of(const std::vector<std::string>& command);

/// Feeds text to this process's stdin.
void stdin_from(const std::string& text);

/// A wait status as a shell would give it: the exit code, or 128 + signal.
int exit_code_of(int wait_status);

}  // namespace longhaul
