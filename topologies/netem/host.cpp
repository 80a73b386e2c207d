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

std::string dotted(std::uint32_t address) {
  const auto text = text_of(Prefix{address, 32});
  return text.substr(0, text.find('/'));
}

/// A device, what it is to be, and how it gets there.
struct Change {
  DevicePlan plan;
  bool ours = false;  ///< shaped already
  std::vector<std::vector<std::string>> commands;
};

/// Everything that can be refused is refused here, before anything is touched.
std::vector<Change> changes_of(const Topology& topology, const WanSetting& setting, const NetemOptions& options) {
  std::vector<Change> changes;
  for (auto& plan : plan_devices(topology, setting, options)) {
    const auto standing = in_force_on(plan.device.name);
    auto commands = change_commands(standing, plan.device, plan.shapes, options.holder);
    changes.push_back({std::move(plan), owner_of(standing.disciplines) == Owner::us, std::move(commands)});
  }
  return changes;
}

/// What a prolog or a person set stays, also where a run would set another.
void expect_nobody_elses(const std::vector<Change>& changes, const std::string& id) {
  for (const auto& entry : read_journals())
    for (const auto& change : changes)
      if (change.ours && entry.device == change.plan.device.name && entry.id != id && !is_over(entry))
        throw EnvironmentError(
            "device '{}' is shaped already, since {} as site '{}' of topology '{}' under '{}', and not by this run; "
            "measure what is there with --wan none, or take it back: sudo longhaul wan clean --wan netem",
            entry.device, entry.started, entry.site, entry.topology, entry.setting);
}

void make(const Change& change, Holder holder, JournalEntry entry) {
  const auto& plan = change.plan;
  entry.device = plan.device.name;
  entry.to.clear();
  for (const auto& shape : plan.shapes) entry.to.push_back(shape.site);
  write_journal(entry);
  for (const auto& command : change.commands) run_tc(command);
  require_in_force(plan.device.name, expected_of(plan.device, plan.shapes, holder), in_force_on(plan.device.name));
}

}  // namespace

std::size_t own_site(const Topology& topology, const NetemOptions& options) {
  const auto host = options.host.empty() ? own_name() : options.host;
  if (const auto site = site_of(topology, host)) return *site;
  throw UsageError("host '{}' is in no site of topology '{}'; add it there, or say which it is with --host", host,
                   topology.name);
}

std::string netem_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

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
  for (const auto& change : changes_of(topology, setting, options))
    for (const auto& command : change.commands) text += "tc " + shell_text(command) + "\n";
  return text;
}

void apply_netem(const Topology& topology, const WanSetting& setting, const NetemOptions& options) {
  JournalEntry entry;
  entry.topology = topology.name;
  entry.site = topology.sites[own_site(topology, options)].name;
  entry.setting = setting.id;
  entry.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  entry.id = options.id.empty() ? netem_id() : options.id;
  if (options.of_process) entry.process = mark_of_process(::getpid());
  if (!options.lease.empty())
    entry.until =
        std::chrono::system_clock::now() + std::chrono::ceil<std::chrono::seconds>(parse_duration(options.lease));
  const auto changes = changes_of(topology, setting, options);
  if (options.of_process) expect_nobody_elses(changes, entry.id);
  try {
    for (const auto& change : changes) make(change, options.holder, entry);
    if (entry.until) start_lease(entry.id, *entry.until);
  } catch (const Error&) {
    clean_netem(entry.id);
    throw;
  }
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
