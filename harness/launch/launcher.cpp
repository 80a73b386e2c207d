#include "harness/launch/launcher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>
#include <optional>
#include <string_view>

#include "harness/launch/relay.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/fd.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

volatile std::sig_atomic_t child = 0;
volatile std::sig_atomic_t asked = 0;
volatile std::sig_atomic_t asked_at = 0;  // milliseconds of the monotonic clock, wrapping

int milliseconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int>((now.tv_sec % 1'000'000) * 1000 + now.tv_nsec / 1'000'000);
}

void hand_on(int signal) {
  constexpr int kSameRequest = 500;
  if (asked != 0 && milliseconds_now() - asked_at < kSameRequest) return;
  const int meaning = asked == 0 ? SIGUSR1 : SIGTERM;
  if (asked == 0) asked_at = milliseconds_now();
  asked = signal;
  if (child > 0) kill(child, meaning);
}

/// In the child: a process group of its own keeps the terminal's Ctrl-C from mpirun, which would kill the ranks.
[[noreturn]] void become(const std::vector<std::string>& words, int errors) {
  setpgid(0, 0);
  dup2(errors, STDERR_FILENO);
  if (const int null = open("/dev/null", O_RDONLY | O_CLOEXEC); null >= 0) dup2(null, STDIN_FILENO);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  setenv("OMPI_MCA_orte_execute_quiet", "1", 0);  // a rank's error is one line of ours, not a banner as well
  execvp(argv[0], argv.data());
  _exit(errno == ENOENT ? 127 : 126);
}

constexpr auto kAfterAHang = std::chrono::seconds(5);

void write_errors(std::string_view text) {
  while (!text.empty()) {
    const auto written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;  // nobody listens
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Hands on what can be read without waiting. @return false at the end
bool relay_some(int errors, Relay& relay) {
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = read(errors, buffer.data(), buffer.size())) > 0)
    write_errors(relay.pass({buffer.data(), static_cast<std::size_t>(got)}));
  return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/// Until the launcher ends; a daemon of its own may keep the pipe open for longer.
int wait_for(pid_t pid, int errors, const std::filesystem::path& hang_account) {
  constexpr int kLook = 100;  // ms; an end of the pipe is noticed at once
  Relay relay;
  std::optional<std::chrono::steady_clock::time_point> end;
  int status = 0;
  for (bool open = true;;) {
    pollfd polled{open ? errors : -1, POLLIN, 0};
    poll(&polled, 1, kLook);
    if (open) open = relay_some(errors, relay);
    const auto ended = waitpid(pid, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) throw EnvironmentError("cannot wait for the launcher: {}", std::strerror(errno));
    if (ended == pid) break;
    std::error_code none;
    const auto now = std::chrono::steady_clock::now();
    if (!end && std::filesystem::exists(hang_account, none)) end = now + kAfterAHang;
    if (end && now > *end) kill(pid, SIGKILL);
  }
  relay_some(errors, relay);
  write_errors(relay.rest());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

bool is_rank() {
  constexpr std::array<const char*, 3> kVariables{"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
  return std::ranges::any_of(kVariables, [](const char* name) { return std::getenv(name) != nullptr; });
}

std::string mpirun_word(const std::filesystem::path& built_with, std::string_view search) {
  std::error_code none;
  if (!std::filesystem::exists(built_with, none)) return "mpirun";
  for (const auto& folder : split(search, ':')) {
    const auto found = std::filesystem::path(folder) / built_with.filename();
    if (access(found.c_str(), X_OK) != 0) continue;
    if (std::filesystem::equivalent(found, built_with, none)) return built_with.filename();
    break;
  }
  return built_with;
}

std::vector<std::string> own_mpirun(int ranks) {
  const char* search = std::getenv("PATH");
  return {mpirun_word(LONGHAUL_MPIRUN, search != nullptr ? search : ""), "-np", std::to_string(ranks)};
}

std::vector<std::string> mpirun_over(const LabFabric& lab) {
  int slots = 0;
  for (const auto& host : lab.hosts) slots += host.slots;
  return own_mpirun(slots);
}

std::vector<std::string> srun_of_job() {
  if (std::getenv("SLURM_JOB_ID") == nullptr) return {};
  std::vector<std::string> words{"srun", "--mpi=pmix", "--kill-on-bad-exit=1"};
  if (const char* components = std::getenv("SLURM_HET_SIZE"))
    if (const int last = std::atoi(components) - 1; last > 0) words.push_back("--het-group=0-" + std::to_string(last));
  return words;
}

std::vector<std::string> without_option(const std::vector<std::string>& command, const std::string& option) {
  std::vector<std::string> rest;
  for (auto word = command.begin(); word != command.end(); ++word) {
    if (word->starts_with(option + "=")) continue;
    if (*word != option)
      rest.push_back(*word);
    else if (std::next(word) != command.end())
      ++word;
  }
  return rest;
}

int run_launcher(const std::vector<std::string>& words, const std::filesystem::path& hang_account) {
  std::error_code none;
  std::filesystem::remove(hang_account, none);  // an earlier run's
  asked = 0;
  struct sigaction action {};
  action.sa_handler = hand_on;
  struct sigaction before_int {
  }, before_term{};
  sigaction(SIGINT, &action, &before_int);
  sigaction(SIGTERM, &action, &before_term);
  Pipe errors;
  fcntl(errors.read.get(), F_SETFL, O_NONBLOCK);
  const pid_t pid = fork();
  if (pid < 0) throw EnvironmentError("cannot start {}: {}", words.front(), std::strerror(errno));
  if (pid == 0) become(words, errors.write.get());
  errors.write.reset();
  child = pid;
  const int code = wait_for(pid, errors.read.get(), hang_account);
  child = 0;
  sigaction(SIGINT, &before_int, nullptr);
  sigaction(SIGTERM, &before_term, nullptr);
  if (code == 127)
    throw EnvironmentError("{} is not on PATH{}", words.front(),
                           words.front() == "mpirun" ? "; install Open MPI (apt-get install openmpi-bin)" : "");
  return code;
}

int launcher_interrupted() { return asked; }

int meaning_of_launcher(int exit_code) {
  const bool own = exit_code == 0 || (exit_code >= static_cast<int>(ExitCode::usage) &&
                                      exit_code <= static_cast<int>(ExitCode::wrong_data));
  return own ? exit_code : static_cast<int>(ExitCode::environment);
}

}  // namespace longhaul
