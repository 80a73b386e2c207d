#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "topologies/error.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/lab/namespaces.hpp"
#include "topologies/lab/state.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/lab/turns.hpp"
#include "topologies/nearest.hpp"

namespace longhaul {
namespace {

std::size_t host_index(const LabFabric& fabric, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& host : fabric.hosts) {
    if (host.name == name) return names.size();
    names.push_back(host.name);
  }
  const auto meant = nearest(name, names);
  throw UsageError("the lab has no host '{}'; {}", name,
                   meant.empty() ? fmt::format("its hosts are {}", fmt::join(names, ", "))
                                 : fmt::format("did you mean '{}'?", meant));
}

/// The lab's first process, as this process sees it.
pid_t init_of(const HostDoors& doors) {
  struct stat first {};
  const bool inside = ::stat("/proc/1/ns/pid", &first) == 0 && first.st_ino == doors.pid_namespace;
  return inside ? 1 : doors.outer_pid;
}

Place place_behind(pid_t init, const HostDoors::Door& door) {
  const auto open_door = [&](int fd) { return open_file(fmt::format("/proc/{}/fd/{}", init, fd), O_RDONLY); };
  return {open_door(door.net), open_door(door.uts), open_door(door.ipc), open_door(door.mnt)};
}

bool same_namespace(const std::string& one, const std::string& other) {
  struct stat a {
  }, b{};
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_ino == b.st_ino;
}

/// From outside: into the lab's user namespace (a user's lab has its own), then for children into its PID namespace.
void enter_lab(pid_t pid) {
  const auto init = fmt::format("/proc/{}", pid);
  if (!same_namespace(init + "/ns/user", "/proc/self/ns/user"))
    checked(::setns(open_file(init + "/ns/user", O_RDONLY).get(), CLONE_NEWUSER), "enter the lab's user namespace");
  checked(::setns(open_file(init + "/ns/pid", O_RDONLY).get(), CLONE_NEWPID), "enter the lab's PID namespace");
}

}  // namespace

void enter_lab_host(const LabFabric& fabric, const std::string& host, const std::vector<std::string>& command) {
  const auto doors = read_doors(fabric.folder);
  const auto init = init_of(doors);
  const auto index = host_index(fabric, host);
  enter(place_behind(init, doors.doors.at(index)));
  keep_to(host_cores(allowed_cores(init), index, fabric.hosts.size()));
  become(command);
}

int visit_lab_host(const LabFabric& fabric, const std::string& host, const std::vector<std::string>& command) {
  const auto doors = read_doors(fabric.folder);
  const auto index = host_index(fabric, host);
  const auto init = init_of(doors);
  const auto cores = host_cores(allowed_cores(init), index, fabric.hosts.size());
  enter_lab(init);
  const auto place = place_behind(init, doors.doors.at(index));
  const pid_t child = checked(::fork(), "start the command");
  if (child == 0) {
    try {
      enter(place);
      keep_to(cores);
      take_short_turns();
      ::setenv("LONGHAUL_LAB", fabric.folder.c_str(), 1);
      become(command);
    } catch (const std::exception& error) {
      fmt::print(stderr, "longhaul: {}\n", error.what());
    }
    ::_exit(127);
  }
  for (const int signal : {SIGINT, SIGQUIT})
    ::signal(signal, SIG_IGN);  // the terminal sends them to the command as well
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  return exit_code_of(status);
}

}  // namespace longhaul
