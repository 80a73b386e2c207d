#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "topologies/model.hpp"
#include "topologies/wan/event.hpp"
#include "topologies/yaml.hpp"

namespace longhaul {

/// Events as a file of them, a plan, `run --events` and `wan set --events` have them; docs/wan.md is the reference.
///
///   events:
///     - {at: 10 s, cut: north-east, protection: 50 ms, for: 5 s}
///     - {at: 30 s, brownout: north-south, rate: 10 %, loss: 1 %}
///     - {at: 35 s, restore: north-south}
///     - {at: 40 s, reroute: north-east, protection: 20 ms}
///
/// An event `for` a time is followed by the link's restore.
/// @return in order of time
/// @throws UsageError with file, line and column
std::vector<wan::Event> read_wan_events(const std::vector<YamlNode>& events, const Topology& topology);

/// The events of a file, not read yet: which links there are, the topology says.
std::vector<YamlNode> load_wan_events(const std::string& path);
std::vector<YamlNode> parse_wan_events(std::string_view text, const std::string& source);

/// "cut", "restore", "brownout", "reroute".
const char* name_of(wan::Event::Kind kind);
/// @throws UsageError naming the kinds there are
wan::Event::Kind parse_event_kind(std::string_view text);

/// The place of a link of this name in the topology.
/// @throws UsageError naming the links there are
std::uint32_t link_named(const Topology& topology, const std::string& name);

/// For people: "cut north-east, round it after 50 ms", "brownout north-south to 10 % of its rate, 1 % loss".
std::string describe(const wan::Event& event, const Topology& topology);

}  // namespace longhaul
