#include "topologies/lab/permissions.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

#include "topologies/error.hpp"
#include "topologies/lab/namespaces.hpp"
#include "topologies/lab/packet_queue.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/lab/tun.hpp"

namespace longhaul {
namespace {

constexpr const char* kDockerRun =
    "start the container with: docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --device /dev/net/tun "
    "--security-opt apparmor=unconfined --security-opt systempaths=unconfined …";

constexpr const char* kPacketQueue = "netfilter queue";
constexpr const char* kNotTried = "not tried without namespaces";

std::string first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

std::string namespace_remedy() {
  if (in_container()) return kDockerRun;
  if (first_word("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "run it with sudo, or: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0";
  if (first_word("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return "run it with sudo, or: sudo sysctl kernel.unprivileged_userns_clone=1";
  if (first_word("/proc/sys/user/max_user_namespaces") == "0")
    return "run it with sudo, or: sudo sysctl user.max_user_namespaces=10000";
  return "run it with sudo";
}

std::string tun_remedy() {
  constexpr const char* kDevice = "/dev/net/tun";
  if (std::filesystem::exists(kDevice) && ::access(kDevice, R_OK | W_OK) != 0)
    return "run it as root, or let this user use it: sudo chmod 666 /dev/net/tun";
  if (in_container()) return kDockerRun;
  return "load the driver: sudo modprobe tun";
}

/// Moves into namespaces as the lab does: with the machine's rights where there are any, else as root of a user
/// namespace.
void try_namespaces() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  const bool admin = has_admin_rights();
  constexpr int kSpaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID;
  checked(::unshare(kSpaces | (admin ? 0 : CLONE_NEWUSER)), "make namespaces");
  if (!admin) map_user_to_root(user, group);
  mount_at("none", "/", nullptr, MS_REC | MS_PRIVATE);  // what AppArmor or a container's profile may refuse
}

/// "" when it works, else why not.
std::string fault_of(const std::function<void()>& attempt) {
  try {
    Task(attempt).wait();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

void make_devices() {
  stdin_from(
      "link add name lhbridge type bridge\n"
      "link add name lhone type veth peer name lhtwo\n"
      "link set lhone master lhbridge up\n");
  become({"ip", "-batch", "-"});
}

void make_rate_limit() {
  stdin_from("qdisc add dev lo root tbf rate 1gbit burst 100000 limit 1000000\n");
  become({"tc", "-batch", "-"});
}

void make_packet_queue() {
  const auto queues = open_packet_queues(1);
  stdin_from(queue_rules({"lhone", "lhtwo"}));
  become(rule_loader());
}

Requirement requirement(std::string name, const std::string& fault, std::string found, const std::string& remedy) {
  if (fault.empty()) return {std::move(name), true, std::move(found), "", false};
  return {std::move(name), false, fault, fault == kNotTried ? "" : remedy, false};
}

}  // namespace

bool has_admin_rights() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  const auto has = [&](unsigned capability) { return (data[capability / 32].effective >> capability % 32 & 1) != 0; };
  return has(CAP_SYS_ADMIN) && has(CAP_NET_ADMIN);
}

bool in_container() {
  return std::filesystem::exists("/.dockerenv") || std::filesystem::exists("/run/.containerenv") ||
         !first_word("/run/systemd/container").empty();
}

bool LabPermissions::met() const {
  return std::all_of(requirements.begin(), requirements.end(),
                     [](const Requirement& each) { return each.met || each.optional; });
}

LabPermissions probe_lab_permissions() {
  LabPermissions permissions{has_admin_rights(), {}};
  auto& all = permissions.requirements;
  const auto spaces = fault_of(try_namespaces);
  const auto in_namespaces = [&](const std::function<void()>& attempt) {
    if (!spaces.empty()) return std::string(kNotTried);
    return fault_of([&] {
      try_namespaces();
      attempt();
    });
  };
  all.push_back(
      requirement("namespaces", spaces, permissions.as_root ? "as root" : "in a user namespace", namespace_remedy()));
  for (const char* program : {"ip", "tc"}) {
    const auto path = find_program(program);
    all.push_back(
        requirement(program, path.empty() ? "not found" : "", path, "install it: sudo apt-get install iproute2"));
  }
  all.push_back(requirement("/dev/net/tun", in_namespaces([] { open_tun("lhprobe"); }), "usable", tun_remedy()));
  const char* kernel_remedy =
      "use a kernel with CONFIG_BRIDGE, CONFIG_VETH and CONFIG_NET_SCH_TBF, or: sudo modprobe -a bridge veth sch_tbf";
  all.push_back(requirement("bridge, veth", in_namespaces(make_devices), "usable", kernel_remedy));
  all.push_back(requirement("tbf", in_namespaces(make_rate_limit), "usable", kernel_remedy));
  all.push_back(
      requirement(kPacketQueue, in_namespaces(make_packet_queue), "usable: packets are not copied",
                  "faster labs need it: sudo apt-get install iptables; sudo modprobe -a nfnetlink_queue xt_NFQUEUE; "
                  "without root also: sudo sysctl net.core.rmem_max=4194304"));
  all.back().optional = true;
  return permissions;
}

std::string require_lab_permissions() {
  std::string gateway = "tun";
  for (const auto& each : probe_lab_permissions().requirements) {
    if (!each.met && !each.optional)
      throw EnvironmentError("cannot build the lab: {}: {}; {}", each.name, each.found, each.remedy);
    if (each.met && each.name == kPacketQueue) gateway = "queue";
  }
  return gateway;
}

}  // namespace longhaul
