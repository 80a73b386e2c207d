#include "topologies/lab/namespaces.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

Place place_in(const std::string& folder) {
  return {open_file(folder + "/net", O_RDONLY), open_file(folder + "/uts", O_RDONLY),
          open_file(folder + "/ipc", O_RDONLY), open_file(folder + "/mnt", O_RDONLY)};
}

void set_kernel_file(const std::string& path, const std::string& text) {
  const auto file = open_file(path, O_WRONLY);
  checked(static_cast<int>(::write(file.get(), text.data(), text.size())), "write " + path);
}

}  // namespace

Place current_place() { return place_in("/proc/self/ns"); }
Place place_of(int pid) { return place_in(fmt::format("/proc/{}/ns", pid)); }

void enter_network(const Place& place) { checked(::setns(place.net.get(), CLONE_NEWNET), "enter a network namespace"); }

void enter(const Place& place) {
  enter_network(place);
  checked(::setns(place.uts.get(), CLONE_NEWUTS), "enter a host-name namespace");
  checked(::setns(place.ipc.get(), CLONE_NEWIPC), "enter an IPC namespace");
  const auto folder = std::filesystem::current_path();
  checked(::setns(place.mnt.get(), CLONE_NEWNS), "enter a mount namespace");
  checked(::chdir(folder.c_str()), "change to " + folder.string());
}

void apply_settings(const std::vector<std::pair<std::string, std::string>>& settings) {
  for (const auto& [name, value] : settings) {
    const auto path = "/proc/sys/net/" + name;
    if (std::filesystem::exists(path)) set_kernel_file(path, value);
  }
}

void map_user_to_root(unsigned outer_user, unsigned outer_group) {
  set_kernel_file("/proc/self/setgroups", "deny");  // what the kernel asks for before an unprivileged group map
  set_kernel_file("/proc/self/uid_map", fmt::format("0 {} 1", outer_user));
  set_kernel_file("/proc/self/gid_map", fmt::format("0 {} 1", outer_group));
}

void mount_at(const std::string& source, const std::string& target, const char* type, unsigned long flags,
              const char* options) {
  checked(::mount(source.c_str(), target.c_str(), type, flags, options),
          fmt::format("mount {} at {}", type ? type : source, target));
}

}  // namespace longhaul
