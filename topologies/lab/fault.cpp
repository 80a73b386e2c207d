#include "topologies/lab/fault.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "topologies/error.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

constexpr const char* kForms = "expected nic:HOST=80%, link:NAME=+30ms or member:NAME/INDEX=dead";

const Link& link_named(const Topology& topology, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& link : topology.links) {
    if (link.name == name) return link;
    names.push_back(link.name);
  }
  throw UsageError("no link '{}' in topology '{}' to plant a fault in; there are {}", name, topology.name,
                   fmt::join(names, ", "));
}

void add_nic(LabFaults& faults, const std::string& host, const std::string& value,
             const std::vector<std::string>& hosts) {
  if (std::ranges::count(hosts, host) == 0)
    throw UsageError("no host '{}' in this lab to plant a fault in; there are {}", host, fmt::join(hosts, ", "));
  const double share = parse_share(value).value;
  if (!(share > 0 && share < 1))
    throw UsageError("fault nic:{}={}: expected the share that is left, more than 0 and less than 100%", host, value);
  faults.nic_share[host] = share;
}

void add_link(LabFaults& faults, const std::string& name, const std::string& value, const Topology& topology) {
  if (!value.starts_with('+')) throw UsageError("fault link:{}={}: expected a longer round trip, +30ms", name, value);
  faults.link_delay[link_named(topology, name).name] = parse_duration(value.substr(1));
}

void add_member(LabFaults& faults, const std::string& what, const std::string& value, const Topology& topology) {
  const auto slash = what.rfind('/');
  if (slash == std::string::npos || value != "dead")
    throw UsageError("bad fault 'member:{}={}'; {}", what, value, kForms);
  const auto& link = link_named(topology, what.substr(0, slash));
  int member = -1;
  const auto number = what.substr(slash + 1);
  std::from_chars(number.data(), number.data() + number.size(), member);
  if (member < 0 || member >= link.members.count || link.members.count < 2)
    throw UsageError("link '{}' has no member '{}' that could die; it has {}, counted from 0", link.name, number,
                     link.members.count);
  faults.dead_members.emplace_back(link.name, member);
  const auto dead = std::ranges::count(faults.dead_members, link.name, &std::pair<std::string, int>::first);
  if (dead >= link.members.count)
    throw UsageError("all {} members of link '{}' cannot die: nothing would get through", link.members.count,
                     link.name);
}

}  // namespace

LabFaults parse_faults(std::string_view text, const Topology& topology, const std::vector<std::string>& hosts) {
  LabFaults faults;
  faults.text = text;
  if (text.empty()) return faults;
  for (const auto& fault : split(text, ',')) {
    const auto colon = fault.find(':'), equals = fault.find('=');
    if (colon == std::string::npos || equals == std::string::npos || equals < colon)
      throw UsageError("bad fault '{}'; {}", fault, kForms);
    const auto kind = fault.substr(0, colon), what = fault.substr(colon + 1, equals - colon - 1),
               value = fault.substr(equals + 1);
    if (kind == "nic")
      add_nic(faults, what, value, hosts);
    else if (kind == "link")
      add_link(faults, what, value, topology);
    else if (kind == "member")
      add_member(faults, what, value, topology);
    else
      throw UsageError("bad fault '{}'; {}", fault, kForms);
  }
  return faults;
}

}  // namespace longhaul
