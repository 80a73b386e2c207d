#include "topologies/lab/fabric_builder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "topologies/error.hpp"
#include "topologies/lab/core.hpp"
#include "topologies/lab/packet_queue.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/lab/tun.hpp"
#include "topologies/lab/wiring.hpp"
#include "topologies/text_file.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

/// So many helper processes at once: they wait on the kernel more than they compute.
constexpr std::size_t kAtOnce = 16;

/// A child that has moved into namespaces of its own and waits, so that they can be opened through it.
class Pioneer {
 public:
  explicit Pioneer(const std::function<void()>& settle)
      : task_([&] {
          settle();
          write_all(arrived_.write.get(), "!");
          char leave;  // a byte, not the pipe's end: children forked later hold that open
          [[maybe_unused]] const auto got = ::read(leave_.read.get(), &leave, 1);
        }) {
    arrived_.write.reset();
    leave_.read.reset();
  }

  /// The namespaces it settled in. @throws EnvironmentError when it failed to
  Place place() {
    char there;
    const bool settled = ::read(arrived_.read.get(), &there, 1) == 1;
    if (!settled) task_.wait();
    Place found = place_of(task_.pid());
    write_all(leave_.write.get(), "!");
    task_.wait();
    return found;
  }

 private:
  Pipe arrived_, leave_;
  Task task_;
};

/// Places for `count` settlements, many at a time.
std::vector<Place> settle_all(std::size_t count, const std::function<void(std::size_t)>& settle) {
  std::vector<Place> places;
  for (std::size_t first = 0; first < count; first += kAtOnce) {
    std::vector<std::unique_ptr<Pioneer>> batch;
    for (std::size_t i = first; i < std::min(count, first + kAtOnce); ++i)
      batch.push_back(std::make_unique<Pioneer>([&] { settle(i); }));
    for (auto& pioneer : batch) places.push_back(pioneer->place());
  }
  return places;
}

/// Hides a folder whose daemon knows the machine's names, not the lab's, where it is there.
void hide(const std::string& folder) {
  if (fs::is_directory(folder)) mount_at("none", folder, "tmpfs", 0, "size=4k");
}

/// /sys shows the host's own interfaces; the cgroup tree below it stays visible, as Slurm's daemons look for it. Where
/// the kernel refuses (a container's /sys is partly hidden), /sys stays the machine's.
void mount_own_sys(const fs::path& aside) {
  const char* cgroup = "/sys/fs/cgroup";
  mount_at(cgroup, aside, nullptr, MS_BIND | MS_REC);
  if (::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0)
    mount_at(aside, cgroup, nullptr, MS_BIND | MS_REC);
  checked(::umount2(aside.c_str(), MNT_DETACH), "unmount " + aside.string());
}

void settle_host(const LabFabric& fabric, const LabHost& host) {
  // IPC as well: libraries such as UCX take two processes of one IPC namespace to be on one host, and would bypass the
  // WAN through shared memory.
  checked(::unshare(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS), "make a host's namespaces");
  checked(::sethostname(host.name.c_str(), host.name.size()), "set the host name " + host.name);
  apply_settings(host_settings());
  mount_own_sys(fabric.folder / "aside");
  mount_at("none", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  mount_at(fabric.folder / "hosts", "/etc/hosts", nullptr, MS_BIND);
  // Nobody answers for names beyond the lab's: asking must fail at once, not after a time-out.
  if (fs::exists("/etc/resolv.conf")) mount_at(fabric.folder / "resolv.conf", "/etc/resolv.conf", nullptr, MS_BIND);
  hide("/run/systemd/resolve");
  hide("/run/nscd");
}

void settle_site(const LabFabric& fabric) {
  checked(::unshare(CLONE_NEWNET | CLONE_NEWNS), "make a site's namespaces");
  apply_settings(site_settings());
  mount_own_sys(fabric.folder / "aside");
}

/// A flow's packets may come from several cores in turn (its process's, and those where acknowledgements arrive). Each
/// core has a queue of its own behind a virtual cable, so that they could overtake each other. Steered by their flow,
/// all of one flow's go through the same.
void keep_flows_in_order(const Place& place, const std::vector<std::string>& ports) {
  enter(place);
  const auto cores = core_mask(::get_nprocs_conf());
  for (const auto& port : ports) {
    const auto file = fmt::format("/sys/class/net/{}/queues/rx-0/rps_cpus", port);
    if (fs::exists(file)) std::ofstream(file) << cores;  // neither there where /sys is the machine's, nor without root
  }
}

const std::vector<std::string> kIp{"ip", "-batch", "-"};
const std::vector<std::string> kTc{"tc", "-batch", "-"};

/// Runs each batch of commands in its namespace, many at a time.
struct Errand {
  const Place* place;
  std::vector<std::string> program;
  std::string batch;
};

void run_errands(std::vector<Errand> errands) {
  std::erase_if(errands, [](const Errand& errand) { return errand.batch.empty(); });
  for (std::size_t first = 0; first < errands.size(); first += kAtOnce) {
    std::vector<Task> batch;
    for (std::size_t i = first; i < std::min(errands.size(), first + kAtOnce); ++i)
      batch.emplace_back([&] {
        enter_network(*errands[i].place);
        stdin_from(errands[i].batch);
        become(errands[i].program);
      });
    for (auto& task : batch) task.wait();
  }
}

/// A NIC's rate with a planted fault.
BytesPerSecond left_of(BytesPerSecond rate, const std::string& host, const LabFaults& faults) {
  const auto fault = faults.nic_share.find(host);
  return fault == faults.nic_share.end() ? rate : BytesPerSecond{rate.value * fault->second};
}

/// What `make` opens in a place's network.
Fd opened_at(const Place& place, const std::function<Fd()>& make) {
  const auto here = current_place();
  enter_network(place);
  auto made = make();
  enter_network(here);
  return made;
}

/// The devices by which packets leave the sites.
void open_gateways(const LabFabric& fabric, BuiltFabric& built) {
  if (fabric.gateway != "queue") {
    for (const auto& site : built.sites) built.tuns.push_back(opened_at(site, [] { return open_tun(kWanDevice); }));
    return;
  }
  built.backbone = std::move(settle_all(1, [&](std::size_t) { settle_site(fabric); }).front());
  const auto sites = built.sites.size();
  built.queue = opened_at(built.backbone, [&] { return open_packet_queues(sites * sites); });
  std::vector<std::string> namespaces, ports;
  for (std::size_t site = 0; site < sites; ++site) {
    namespaces.push_back(fmt::format("/proc/1/fd/{}", built.sites[site].net.get()));
    ports.push_back(backbone_port(site));
  }
  run_errands(
      {{&built.backbone, kIp, backbone_wiring(namespaces).ip}, {&built.backbone, rule_loader(), queue_rules(ports)}});
  Task([&] { keep_flows_in_order(built.backbone, ports); }).wait();
}

}  // namespace

BuiltFabric build_fabric(const LabFabric& fabric, const Scale& scale) {
  const auto& sites = fabric.topology.sites;
  write_text_file(fabric.folder / "hosts", hosts_file(fabric.hosts));
  write_text_file(fabric.folder / "resolv.conf", "");
  fs::create_directory(fabric.folder / "aside");
  BuiltFabric built;
  built.sites = settle_all(sites.size(), [&](std::size_t) { settle_site(fabric); });
  built.hosts = settle_all(fabric.hosts.size(), [&](std::size_t host) { settle_host(fabric, fabric.hosts[host]); });
  const bool has_wan = !fabric.topology.links.empty();
  if (has_wan) open_gateways(fabric, built);

  std::vector<Errand> site_links, host_links, rates;
  std::vector<std::vector<std::string>> ports(sites.size());
  const auto segment = largest_segment(fabric.topology, scale);
  for (std::size_t site = 0; site < sites.size(); ++site) {
    const auto nic_rate = scaled(sites[site].fabric.host_rate, scale);
    std::vector<std::string> namespaces;
    std::vector<BytesPerSecond> nic_rates;
    for (std::size_t host = 0; host < fabric.hosts.size(); ++host) {
      if (fabric.hosts[host].site != sites[site].name) continue;
      ports[site].push_back(site_port(namespaces.size()));
      namespaces.push_back(fmt::format("/proc/1/fd/{}", built.hosts[host].net.get()));
      nic_rates.push_back(left_of(nic_rate, fabric.hosts[host].name, fabric.faults));
      const auto wiring = host_wiring(site, fabric.hosts[host], fabric.congestion_control, nic_rates.back(), segment);
      host_links.push_back({&built.hosts[host], kIp, wiring.ip});
      rates.push_back({&built.hosts[host], kTc, wiring.tc});
    }
    const auto wiring = site_wiring(site, namespaces, nic_rates, has_wan);
    site_links.push_back({&built.sites[site], kIp, wiring.ip});
    rates.push_back({&built.sites[site], kTc, wiring.tc});
  }
  run_errands(std::move(site_links));  // makes both ends of every cable
  run_errands(std::move(host_links));
  run_errands(std::move(rates));
  for (std::size_t site = 0; site < sites.size(); ++site)
    Task([&] { keep_flows_in_order(built.sites[site], ports[site]); }).wait();
  return built;
}

}  // namespace longhaul
