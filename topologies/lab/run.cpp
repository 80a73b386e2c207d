#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "topologies/error.hpp"
#include "topologies/lab/addresses.hpp"
#include "topologies/lab/init.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/lab/permissions.hpp"
#include "topologies/lab/signals.hpp"
#include "topologies/lab/state.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/lab/wiring.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

/// How long a command that was asked to end may take before all of the lab is killed.
constexpr std::chrono::seconds kGrace{10};

void require_congestion_control(const std::string& wanted) {
  std::ifstream file("/proc/sys/net/ipv4/tcp_available_congestion_control");
  const std::vector<std::string> available{std::istream_iterator<std::string>(file), {}};
  for (const auto& name : available)
    if (name == wanted) return;
  throw UsageError("the kernel has no congestion control '{}'; available: {}. If it is a module: sudo modprobe tcp_{}",
                   wanted, fmt::join(available, ", "), wanted);
}

LabFaults faults_of(const LabOptions& options) {
  std::vector<std::string> hosts;
  for (const auto& host : lab_hosts(options)) hosts.push_back(host.name);
  return parse_faults(options.faults, options.topology, hosts);
}

/// @param usable  what the machine offers
std::string choose_gateway(const std::string& wanted, const std::string& usable) {
  if (wanted == "auto" || wanted == usable) return usable;
  if (wanted == "queue")
    throw EnvironmentError(
        "the kernel's packets cannot be held in a netfilter queue here (longhaul doctor says why); "
        "leave --gateway out, or give --gateway tun");
  return wanted;
}

void require_known_gateway(const std::string& wanted) {
  if (wanted != "auto" && wanted != "queue" && wanted != "tun")
    throw UsageError("unknown gateway '{}'; expected auto, queue or tun", wanted);
}

LabFabric fabric_of(const LabOptions& options, const Scale& scale, const StateFolder& state,
                    const std::string& gateway) {
  return {state.id(),    state.path(),   options.topology,           lab_hosts(options), kHostInterface,
          scale.divisor, scale.uncapped, options.congestion_control, faults_of(options), gateway};
}

/// A child that is PID 1 of namespaces of its own.
pid_t fork_into_namespaces(bool with_user) {
  std::fflush(nullptr);
  const unsigned long spaces =
      CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | (with_user ? CLONE_NEWUSER : 0);
  return static_cast<pid_t>(
      checked(static_cast<int>(::syscall(SYS_clone, spaces | SIGCHLD, 0, 0, 0, 0)), "make the lab's namespaces"));
}

/// Gives the terminal back to whoever had it: an interactive shell in the lab takes it for its own.
class TerminalKeeper {
 public:
  TerminalKeeper() : owner_(::isatty(STDIN_FILENO) != 0 ? ::tcgetpgrp(STDIN_FILENO) : -1) {}
  ~TerminalKeeper() {
    if (owner_ != ::getpgrp()) return;
    const auto before = ::signal(SIGTTOU, SIG_IGN);
    ::tcsetpgrp(STDIN_FILENO, owner_);
    ::signal(SIGTTOU, before);
  }
  TerminalKeeper(const TerminalKeeper&) = delete;
  TerminalKeeper& operator=(const TerminalKeeper&) = delete;

 private:
  pid_t owner_;
};

/// Watches over the lab's first process from outside.
class Supervisor {
 public:
  Supervisor(pid_t init, Fd report, const SignalQueue& signals)
      : init_(init), report_(std::move(report)), signals_(signals) {}

  /// @return the lab's exit code
  int watch() {
    while (!status_) {
      pollfd polled[] = {{signals_.fd(), POLLIN, 0}, {report_.get(), POLLIN, 0}};
      ::poll(polled, std::size(polled), patience());
      if (polled[1].revents != 0) listen();
      while (const auto info = signals_.next()) hear(*info);
      if (deadline_ && std::chrono::steady_clock::now() >= *deadline_) ::kill(init_, SIGKILL);
      bury();
    }
    listen();
    if (told_to_end_ != 0) return 128 + told_to_end_;
    raise_fault();
    return exit_code_of(*status_);
  }

 private:
  int patience() const {
    if (!deadline_) return -1;
    const auto left = *deadline_ - std::chrono::steady_clock::now();
    return std::max(0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }

  void listen() {
    char buffer[4096];
    const auto got = ::read(report_.get(), buffer, sizeof buffer);
    if (got > 0) said_.append(buffer, static_cast<std::size_t>(got));
    if (got == 0) report_.reset();
  }

  bool is_up() const { return said_.starts_with(kUp); }

  void hear(const signalfd_siginfo& info) {
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGCHLD) return;
    const bool for_command_only = signal == SIGUSR1 || signal == SIGUSR2;
    // Ctrl-C reaches the command through the terminal; what it means there is the command's business.
    const bool from_terminal = info.ssi_code == SI_KERNEL && (signal == SIGINT || signal == SIGQUIT);
    if (is_up() && from_terminal) return;
    if (is_up()) ::kill(init_, signal);
    if (for_command_only) return;
    told_to_end_ = signal;
    if (!is_up()) ::kill(init_, SIGKILL);
    if (!deadline_) deadline_ = std::chrono::steady_clock::now() + kGrace;
  }

  void bury() {
    int status = 0;
    if (::waitpid(init_, &status, WNOHANG) == init_) status_ = status;
  }

  void raise_fault() const {
    for (const auto& line : split(said_, '\n')) {
      if (!line.starts_with(kFault)) continue;
      const auto code_at = std::strlen(kFault) + 1;
      const auto words_at = line.find(' ', code_at);
      throw Error(static_cast<ExitCode>(std::stoi(line.substr(code_at))), line.substr(words_at + 1));
    }
  }

  pid_t init_;
  Fd report_;
  const SignalQueue& signals_;
  std::string said_;
  std::optional<int> status_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  int told_to_end_ = 0;
};

}  // namespace

int run_lab(const LabOptions& options, const PrepareLaunch& prepare, const std::vector<std::string>& command) {
  if (command.empty()) throw UsageError("the lab needs a command to run");
  const auto scale = choose_scale(options.scale, options.topology);
  require_congestion_control(options.congestion_control);
  faults_of(options);  // complains about topology and faults before anything is built
  require_known_gateway(options.gateway);
  const auto gateway = choose_gateway(options.gateway, require_lab_permissions());
  clean_labs();
  const StateFolder state;
  const TerminalKeeper terminal;
  const SignalQueue signals;
  const bool map_user = !has_admin_rights();
  const InitOrders orders{
      fabric_of(options, scale, state, gateway), scale, prepare, command, map_user, ::geteuid(), ::getegid()};
  Pipe report, lifeline;
  const pid_t init = fork_into_namespaces(map_user);
  if (init == 0) {
    report.read.reset();
    lifeline.write.reset();
    run_init(orders, std::move(report.write), std::move(lifeline.read));
  }
  report.write.reset();
  lifeline.read.reset();
  return Supervisor(init, std::move(report.read), signals).watch();
}

}  // namespace longhaul
