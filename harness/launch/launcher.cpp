#include "harness/launch/launcher.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <thread>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

volatile std::sig_atomic_t child = 0;
volatile std::sig_atomic_t asked = 0;

void hand_on(int) {
  const int signal = asked == 0 ? SIGUSR1 : SIGTERM;
  asked = 1;
  if (child > 0) kill(child, signal);
}

/// In the child: a process group of its own keeps the terminal's Ctrl-C from mpirun, which would kill the ranks.
[[noreturn]] void become(const std::vector<std::string>& words) {
  setpgid(0, 0);
  if (const int null = open("/dev/null", O_RDONLY | O_CLOEXEC); null >= 0) dup2(null, STDIN_FILENO);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  setenv("OMPI_MCA_orte_execute_quiet", "1", 0);  // a rank's error is one line of ours, not a banner as well
  execvp(argv[0], argv.data());
  _exit(errno == ENOENT ? 127 : 126);
}

constexpr auto kLookAgain = std::chrono::milliseconds(50);
constexpr auto kAfterAHang = std::chrono::seconds(5);

int wait_for(pid_t pid, const std::filesystem::path& hang_account) {
  std::optional<std::chrono::steady_clock::time_point> end;
  int status = 0;
  for (pid_t ended = 0; ended != pid; std::this_thread::sleep_for(kLookAgain)) {
    ended = waitpid(pid, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) throw EnvironmentError("cannot wait for mpirun: {}", std::strerror(errno));
    const auto now = std::chrono::steady_clock::now();
    std::error_code none;
    if (!end && std::filesystem::exists(hang_account, none)) end = now + kAfterAHang;
    if (end && now > *end) kill(pid, SIGKILL);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

bool is_rank() {
  constexpr std::array<const char*, 3> kVariables{"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
  return std::ranges::any_of(kVariables, [](const char* name) { return std::getenv(name) != nullptr; });
}

int run_mpirun(const LabFabric& lab, const std::vector<std::string>& command,
               const std::filesystem::path& hang_account) {
  int slots = 0;
  for (const auto& host : lab.hosts) slots += host.slots;
  std::vector<std::string> words{"mpirun", "-np", std::to_string(slots)};
  words.insert(words.end(), command.begin(), command.end());

  std::error_code none;
  std::filesystem::remove(hang_account, none);  // an earlier run's
  asked = 0;
  struct sigaction action {};
  action.sa_handler = hand_on;
  struct sigaction before_int {
  }, before_term{};
  sigaction(SIGINT, &action, &before_int);
  sigaction(SIGTERM, &action, &before_term);
  const pid_t pid = fork();
  if (pid < 0) throw EnvironmentError("cannot start mpirun: {}", std::strerror(errno));
  if (pid == 0) become(words);
  child = pid;
  const int code = wait_for(pid, hang_account);
  child = 0;
  sigaction(SIGINT, &before_int, nullptr);
  sigaction(SIGTERM, &before_term, nullptr);
  if (code == 127) throw EnvironmentError("mpirun is not on PATH; install Open MPI (apt-get install openmpi-bin)");
  return code;
}

bool mpirun_interrupted() { return asked != 0; }

int meaning_of_mpirun(int exit_code) {
  const bool own = exit_code == 0 || (exit_code >= static_cast<int>(ExitCode::usage) &&
                                      exit_code <= static_cast<int>(ExitCode::wrong_data));
  return own ? exit_code : static_cast<int>(ExitCode::environment);
}

}  // namespace longhaul
