#include "topologies/lab/init.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>

#include "topologies/error.hpp"
#include "topologies/lab/control_server.hpp"
#include "topologies/lab/emulator.hpp"
#include "topologies/lab/fabric_builder.hpp"
#include "topologies/lab/namespaces.hpp"
#include "topologies/lab/queue_gateway.hpp"
#include "topologies/lab/signals.hpp"
#include "topologies/lab/state.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/lab/tun_gateway.hpp"
#include "topologies/lab/turns.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotRun = 127;  // as shells say it

/// Ends with the supervisor, however that ends. (The lifeline covers a supervisor that was gone before this call.)
void bind_to_supervisor() { checked(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to end with the supervisor"); }

void own_mounts(const fs::path& folder) {
  mount_at("none", "/", nullptr, MS_REC | MS_PRIVATE);
  mount_at("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  // Programs that a launcher writes here can be run even where the folder's own file system forbids it (/run often
  // does).
  fs::create_directory(folder / "launch");
  mount_at("none", folder / "launch", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700");
}

HostDoors doors_of(const BuiltFabric& built, int outer_pid) {
  struct stat pid_namespace {};
  checked(::stat("/proc/self/ns/pid", &pid_namespace), "look at the PID namespace");
  HostDoors doors{outer_pid, pid_namespace.st_ino, {}};
  for (const auto& host : built.hosts)
    doors.doors.push_back({host.net.get(), host.uts.get(), host.ipc.get(), host.mnt.get()});
  return doors;
}

std::unique_ptr<Gateway> gateway_of(BuiltFabric& built, std::size_t sites) {
  if (built.queue) return std::make_unique<QueueGateway>(std::move(built.queue), sites);
  return std::make_unique<TunGateway>(std::move(built.tuns));
}

pid_t start_emulator(const InitOrders& orders, BuiltFabric& built) {
  auto listener = listen_at(control_socket(orders.fabric.folder));
  const pid_t pid = checked(::fork(), "start the WAN emulator");
  if (pid > 0) return pid;
  try {
    ::setsid();  // the terminal's signals are for the command
    ::prctl(PR_SET_NAME, "longhaul-wan");
    keep_to(emulator_cores(allowed_cores(0)));
    reset_signals();
    Emulator emulator(Roads(orders.fabric.topology, orders.scale, orders.fabric.faults),
                      gateway_of(built, orders.fabric.topology.sites.size()), std::move(listener));
    emulator.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "longhaul: the WAN emulator failed: {}\n", error.what());
  }
  ::_exit(static_cast<int>(ExitCode::environment));
}

pid_t start_command(const InitOrders& orders, const std::map<std::string, std::string>& variables, const Place& host) {
  const pid_t pid = checked(::fork(), "start the command");
  if (pid > 0) return pid;
  try {
    enter(host);
    keep_to(host_cores(allowed_cores(0), 0, orders.fabric.hosts.size()));
    reset_signals();
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    ::setenv("LONGHAUL_LAB", orders.fabric.folder.c_str(), 1);
    become(orders.command);
  } catch (const std::exception& error) {
    fmt::print(stderr, "longhaul: {}\n", error.what());
  }
  ::_exit(kCannotRun);
}

/// What runs in the lab, seen by PID 1.
class Household {
 public:
  Household(pid_t emulator, pid_t command) : emulator_(emulator), command_(command) {}

  /// Passes on what was sent to the supervisor; what the terminal sent, the command has got itself.
  void pass_on(const signalfd_siginfo& info) const {
    constexpr std::uint32_t kOutsideThePidNamespace = 0;
    if (info.ssi_code == SI_USER && info.ssi_pid == kOutsideThePidNamespace)
      ::kill(command_, static_cast<int>(info.ssi_signo));
  }

  /// Buries whoever has ended. @return the command's exit code once it has
  std::optional<int> bury() const {
    std::optional<int> code;
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == command_) code = exit_code_of(status);
      if (pid == emulator_ && !code)
        throw EnvironmentError("the WAN emulator ended with code {}; the lab is torn down", exit_code_of(status));
    }
    return code;
  }

 private:
  pid_t emulator_, command_;
};

/// Until the command ends, or the supervisor.
int keep_house(const Household& household, const SignalQueue& signals, const Fd& lifeline) {
  pollfd polled[] = {{signals.fd(), POLLIN, 0}, {lifeline.get(), POLLIN, 0}};
  for (;;) {
    ::poll(polled, std::size(polled), -1);
    if (polled[1].revents != 0) return static_cast<int>(ExitCode::environment);
    while (const auto info = signals.next())
      if (info->ssi_signo != SIGCHLD) household.pass_on(*info);
    if (const auto code = household.bury()) return *code;
  }
}

int build_and_run(const InitOrders& orders, const Fd& report, const Fd& lifeline) {
  bind_to_supervisor();
  take_short_turns();
  const int outer_pid = std::stoi(fs::read_symlink("/proc/self").string());
  if (orders.map_user) map_user_to_root(orders.user, orders.group);
  ::prctl(PR_SET_DUMPABLE, 1);  // so that the user's other processes in here may open the hosts' doors
  const SignalQueue signals;
  own_mounts(orders.fabric.folder);
  auto built = build_fabric(orders.fabric, orders.scale);
  const pid_t emulator = start_emulator(orders, built);
  built.tuns.clear();  // the emulator's alone: the WAN ends with it
  built.queue.reset();
  write_fabric(orders.fabric, doors_of(built, outer_pid));
  const auto variables = orders.prepare ? orders.prepare(orders.fabric) : std::map<std::string, std::string>{};
  const Household household(emulator, start_command(orders, variables, built.hosts.front()));
  write_all(report.get(), std::string(kUp) + "\n");
  return keep_house(household, signals, lifeline);
}

}  // namespace

void run_init(const InitOrders& orders, Fd report, Fd lifeline) {
  int code = static_cast<int>(ExitCode::environment);
  const auto fault = [&](const char* words) {
    write_all(report.get(), fmt::format("{} {} {}\n", kFault, code, words));
  };
  try {
    code = build_and_run(orders, report, lifeline);
  } catch (const Error& error) {
    code = static_cast<int>(error.exit_code());
    fault(error.what());
  } catch (const std::exception& error) {
    fault(error.what());
  }
  ::_exit(code);
}

}  // namespace longhaul
