#include "topologies/lab/task.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>

#include "topologies/error.hpp"
#include "topologies/text.hpp"

namespace longhaul {

Task::Task(const std::function<void()>& work) {
  Pipe pipe;
  pid_ = checked(::fork(), "start a helper process");
  if (pid_ > 0) {
    fault_ = std::move(pipe.read);
    return;
  }
  ::dup2(pipe.write.get(), STDERR_FILENO);
  int code = EXIT_SUCCESS;
  try {
    work();
  } catch (const std::exception& error) {
    write_all(STDERR_FILENO, error.what());
    code = EXIT_FAILURE;
  }
  ::_exit(code);
}

void Task::wait() {
  const auto words = read_all(fault_.get());
  int status = 0;
  while (::waitpid(pid_, &status, 0) == -1 && errno == EINTR) {
  }
  if (const int code = exit_code_of(status); code != 0)
    throw EnvironmentError("{}", words.empty()
                                     ? fmt::format("a helper process ended with code {}", code)
                                     : std::string(trimmed(words.substr(0, words.find_last_not_of('\n') + 1))));
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(std::string(path ? path : "") + ":/usr/sbin:/sbin:/usr/bin:/bin", ':')) {
    if (folder.empty()) continue;
    auto candidate = (std::filesystem::path(folder) / name).string();
    if (::access(candidate.c_str(), X_OK) == 0 && !std::filesystem::is_directory(candidate)) return candidate;
  }
  return "";
}

void become(const std::vector<std::string>& command) {
  const auto program = find_program(command.front());
  if (program.empty()) throw EnvironmentError("cannot run '{}': there is no such program", command.front());
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw EnvironmentError("cannot run '{}': {}", program, std::strerror(errno));
}

std::string output_of(const std::vector<std::string>& command) {
  Pipe pipe;
  Task task([&] {
    checked(::dup2(pipe.write.get(), STDOUT_FILENO), "redirect stdout");
    become(command);
  });
  pipe.write.reset();
  auto text = read_all(pipe.read.get());
  try {
    task.wait();
  } catch (const EnvironmentError&) {
    return "";
  }
  return text;
}

void stdin_from(const std::string& text) {
  const Fd file(checked(::memfd_create("stdin", MFD_CLOEXEC), "make a memory file"));
  write_all(file.get(), text);
  ::lseek(file.get(), 0, SEEK_SET);
  checked(::dup2(file.get(), STDIN_FILENO), "replace stdin");
}

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace longhaul
