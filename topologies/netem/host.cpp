#include "topologies/netem/host.hpp"

#include <arpa/inet.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <random>

#include "topologies/error.hpp"
#include "topologies/netem/device.hpp"
#include "topologies/netem/journal.hpp"
#include "topologies/netem/lease.hpp"
#include "topologies/netem/program.hpp"
#include "topologies/physics.hpp"

namespace longhaul {
namespace {

std::string own_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::size_t own_site(const Topology& topology, const NetemOptions& options) {
  const auto host = options.host.empty() ? own_name() : options.host;
  if (const auto site = site_of(topology, host)) return *site;
  throw UsageError("host '{}' is in no site of topology '{}'; add it there, or say which it is with --host", host,
                   topology.name);
}

std::string dotted(std::uint32_t address) {
  const auto text = text_of(Prefix{address, 32});
  return text.substr(0, text.find('/'));
}

/// Replaces what stands on the device, or changes what is ours; on failure nothing of ours stays.
void apply_to(const DevicePlan& plan, Holder holder, const JournalEntry& entry) {
  const auto before = disciplines_of(plan.device.name);
  const auto owner = owner_of(before);
  if (owner == Owner::other) {
    std::string theirs;
    for (const auto& each : before)
      if (each.handle != "0:") theirs += fmt::format("{}{} {}", theirs.empty() ? "" : ", ", each.kind, each.handle);
    throw EnvironmentError(
        "device '{}' carries disciplines that are not Longhaul's ({}); they stay. Remove them yourself if they may go: "
        "sudo tc qdisc del dev {} root",
        plan.device.name, theirs, plan.device.name);
  }
  write_journal(entry);
  try {
    if (owner == Owner::us) run_tc(unshape_command(plan.device.name));
    for (const auto& command : shape_commands(plan.device, plan.shapes, holder)) run_tc(command);
    require_disciplines(plan.device.name, expected_disciplines(plan.device, plan.shapes, holder),
                        disciplines_of(plan.device.name));
  } catch (const Error&) {
    clean_netem(entry.id);
    throw;
  }
}

/// Whether the holders that stand there can be changed in place: the same sites on the same queues.
bool same_outline(const std::vector<Discipline>& found, const std::vector<Held>& wanted) {
  const auto ours =
      std::ranges::count_if(found, [](const Discipline& each) { return each.kind == "netem" || each.kind == "tbf"; });
  return owner_of(found) == Owner::us && ours == std::ssize(wanted) &&
         std::ranges::all_of(wanted, [&](const Held& held) {
           return std::ranges::any_of(
               found, [&](const Discipline& each) { return each.handle == held.handle && each.kind == held.kind; });
         });
}

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

std::vector<std::uint32_t> resolve_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); fault != 0)
    throw EnvironmentError("no address of host '{}' is known ({}); add it to /etc/hosts or DNS", host,
                           ::gai_strerror(fault));
  std::vector<std::uint32_t> addresses;
  for (const auto* each = list; each != nullptr; each = each->ai_next)
    addresses.push_back(ntohl(reinterpret_cast<const sockaddr_in*>(each->ai_addr)->sin_addr.s_addr));
  ::freeaddrinfo(list);
  return addresses;
}

std::vector<Shape> shapes_of(const Topology& topology, const WanSetting& setting, const NetemOptions& options,
                             Resolve resolve) {
  const auto own = own_site(topology, options);
  const auto native = resolve_wan("native", topology);
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < setting.pairs.size(); ++i) {
    const auto& pair = setting.pairs[i];
    if (pair.a != own && pair.b != own) continue;
    const auto& site = topology.sites[pair.a == own ? pair.b : pair.a];
    std::vector<std::uint32_t> addresses;
    for (const auto& host : site.hosts)
      for (const auto address : resolve(host)) addresses.push_back(address);
    const auto there = options.already_there ? native.pairs[i].rtt : Duration::zero();
    const auto hosts = static_cast<double>(topology.sites[own].hosts.size());
    shapes.push_back({site.name,
                      exact_prefixes(std::move(addresses)),
                      std::max(Duration::zero(), pair.rtt - there) / 2,
                      pair.jitter,
                      pair.loss,
                      {pair.rate.value / hosts}});
  }
  return shapes;
}

std::vector<DevicePlan> plan_devices(const Topology& topology, const WanSetting& setting, const NetemOptions& options) {
  const auto line_rate = topology.sites[own_site(topology, options)].fabric.host_rate;
  std::vector<DevicePlan> plans;
  for (auto& shape : shapes_of(topology, setting, options, resolve_host)) {
    const auto name = options.device.empty() ? device_towards(dotted(shape.to.front().address)) : options.device;
    auto plan = std::ranges::find_if(plans, [&](const DevicePlan& each) { return each.device.name == name; });
    if (plan == plans.end()) plan = plans.insert(plans.end(), {describe_device(name, line_rate), {}});
    plan->shapes.push_back(std::move(shape));
  }
  return plans;
}

std::string dry_run(const Topology& topology, const WanSetting& setting, const NetemOptions& options) {
  std::string text;
  for (const auto& plan : plan_devices(topology, setting, options))
    for (const auto& command : shape_commands(plan.device, plan.shapes, options.holder))
      text += "tc " + shell_text(command) + "\n";
  return text;
}

void apply_netem(const Topology& topology, const WanSetting& setting, const NetemOptions& options) {
  JournalEntry entry;
  entry.topology = topology.name;
  entry.site = topology.sites[own_site(topology, options)].name;
  entry.setting = setting.id;
  entry.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  entry.id = random_id();
  if (!options.lease.empty())
    entry.until =
        std::chrono::system_clock::now() + std::chrono::ceil<std::chrono::seconds>(parse_duration(options.lease));
  for (const auto& plan : plan_devices(topology, setting, options)) {
    entry.device = plan.device.name;
    const auto wanted = expected_disciplines(plan.device, plan.shapes, options.holder);
    if (!same_outline(disciplines_of(plan.device.name), wanted)) {
      apply_to(plan, options.holder, entry);
      continue;
    }
    write_journal(entry);
    for (const auto& command : reshape_commands(plan.device, plan.shapes, options.holder)) run_tc(command);
    require_disciplines(plan.device.name, wanted, disciplines_of(plan.device.name));
  }
  if (entry.until) start_lease(entry.id, *entry.until);
}

std::vector<std::string> clean_netem(const std::string& only) {
  std::vector<std::string> cleaned;
  for (const auto& entry : read_journals()) {
    if (!only.empty() && entry.id != only) continue;
    bool ours = false;
    try {
      ours = owner_of(disciplines_of(entry.device)) == Owner::us;
    } catch (const EnvironmentError&) {  // the device is gone, and with it what was on it
    }
    if (ours) run_tc(unshape_command(entry.device));
    remove_journal(entry.device);
    cleaned.push_back(entry.device);
  }
  return cleaned;
}

}  // namespace longhaul
