#include "topologies/wan_events.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"
#include "topologies/text_file.hpp"

namespace longhaul {
namespace {

using Kind = wan::Event::Kind;

const std::vector<std::string> kKinds{"cut", "restore", "brownout", "reroute"};
/// Less is as good as a cut, which says so.
constexpr double kLeastRate = 1e-6;

/// The one key that says what happens.
std::string kind_of(const YamlNode& node) {
  std::string kind;
  for (const auto& key : node.keys()) {
    if (std::ranges::find(kKinds, key) == kKinds.end()) continue;
    if (!kind.empty()) node.fail("an event is one of {}, not both {} and {}", fmt::join(kKinds, ", "), kind, key);
    kind = key;
  }
  if (kind.empty()) node.fail("no event; expected one of {} with the link's name", fmt::join(kKinds, ", "));
  return kind;
}

std::vector<std::string> keys_of(const std::string& kind) {
  std::vector<std::string> keys{"at", kind};
  if (kind != "restore") keys.emplace_back("for");
  if (kind == "cut" || kind == "reroute") keys.emplace_back("protection");
  if (kind == "brownout") keys.insert(keys.end(), {"rate", "loss"});
  return keys;
}

void read_event(const YamlNode& node, const Topology& topology, std::vector<wan::Event>& events) {
  const auto kind = kind_of(node);
  node.expect_keys(keys_of(kind));
  wan::Event event;
  event.kind = parse_event_kind(kind);
  event.at = node.at("at").duration();
  const auto link = node.at(kind);
  event.link = link.located([&] { return link_named(topology, link.text()); });
  // A reroute without a protection time takes effect at once; a cut without one is not protected.
  if (event.kind == Kind::reroute) event.protection = Duration::zero();
  event.protection = node.get("protection", event.protection, &YamlNode::duration);
  const auto share = [](const YamlNode& value) { return value.share().value; };
  event.rate_share = node.get("rate", event.rate_share, share);
  event.loss = node.get("loss", event.loss, share);
  if (event.rate_share < kLeastRate) node.fail("a link that carries nothing is cut; expected a rate above 0, or 'cut'");
  if (event.kind == Kind::brownout && !node.has("rate") && !node.has("loss"))
    node.fail("a brownout needs a 'rate' (share of the link's own) or a 'loss'");
  events.push_back(event);
  if (const auto length = node.find("for")) {
    wan::Event end;
    end.at = event.at + length->duration();
    end.link = event.link;
    events.push_back(end);
  }
}

}  // namespace

std::uint32_t link_named(const Topology& topology, const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t link = 0; link < topology.links.size(); ++link) {
    if (topology.links[link].name == name) return static_cast<std::uint32_t>(link);
    names.push_back(topology.links[link].name);
  }
  if (names.empty()) throw UsageError("no link '{}': topology '{}' has no links", name, topology.name);
  throw UsageError("no link '{}' in topology '{}'; {}expected one of {}", name, topology.name,
                   did_you_mean(name, names), fmt::join(names, ", "));
}

const char* name_of(wan::Event::Kind kind) { return kKinds[static_cast<std::size_t>(kind)].c_str(); }

wan::Event::Kind parse_event_kind(std::string_view text) {
  const auto found = std::ranges::find(kKinds, text);
  if (found != kKinds.end()) return static_cast<Kind>(found - kKinds.begin());
  throw UsageError("unknown event '{}'; {}expected one of {}", text, did_you_mean(std::string(text), kKinds),
                   fmt::join(kKinds, ", "));
}

std::vector<wan::Event> read_wan_events(const std::vector<YamlNode>& nodes, const Topology& topology) {
  std::vector<wan::Event> events;
  for (const auto& node : nodes) read_event(node, topology, events);
  std::ranges::stable_sort(events, {}, &wan::Event::at);
  return events;
}

std::vector<YamlNode> parse_wan_events(std::string_view text, const std::string& source) {
  const auto root = YamlNode::parse(text, source);
  root.expect_keys({"events"});
  return root.at("events").items();
}

std::vector<YamlNode> load_wan_events(const std::string& path) {
  return parse_wan_events(read_text_file(path, kLargestYaml), path);
}

std::string describe(const wan::Event& event, const Topology& topology) {
  auto text = fmt::format("{} {}", name_of(event.kind), topology.links[event.link].name);
  switch (event.kind) {
    case Kind::cut:
      if (event.protection >= Duration::zero())
        text += fmt::format(", round it after {}", format_duration(event.protection));
      break;
    case Kind::reroute:
      if (event.protection > Duration::zero()) text += fmt::format(" after {}", format_duration(event.protection));
      break;
    case Kind::brownout:
      if (event.rate_share != 1) text += fmt::format(" to {} of its rate", format_share({event.rate_share}));
      if (event.loss > 0) text += fmt::format(", {} loss", format_share({event.loss}));
      break;
    case Kind::restore: break;
  }
  return text;
}

}  // namespace longhaul
