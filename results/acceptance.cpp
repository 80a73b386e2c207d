#include "results/acceptance.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "collectives/vocabulary.hpp"
#include "topologies/error.hpp"
#include "topologies/text.hpp"
#include "topologies/text_file.hpp"
#include "topologies/wan_setting.hpp"
#include "topologies/yaml.hpp"

namespace longhaul {
namespace {

using Axis = std::pair<const char*, std::string (*)(const PointRow&)>;

const std::vector<Axis>& axes() {
  static const std::vector<Axis> list{
      {"collective", [](const PointRow& p) { return p.operation; }},
      {"algorithm", [](const PointRow& p) { return p.algorithm; }},
      {"type", [](const PointRow& p) { return p.type; }},
      {"reduce_op", [](const PointRow& p) { return p.reduce_op; }},
      {"mode", [](const PointRow& p) { return p.mode; }},
      {"wan", [](const PointRow& p) { return p.wan; }},
      {"backend", [](const PointRow& p) { return p.backend; }},
      {"placement", [](const PointRow& p) { return p.placement; }},
      {"settings", [](const PointRow& p) { return p.settings; }},
      {"ranks", [](const PointRow& p) { return std::to_string(p.ranks); }},
      {"in_place", [](const PointRow& p) { return std::string(p.in_place ? "true" : "false"); }},
      {"load", [](const PointRow& p) { return p.load == 0 ? std::string("none") : std::to_string(p.load); }},
  };
  return list;
}

using Field = std::pair<const char*, std::string (*)(const LaunchRow&)>;

const std::vector<Field>& fields() {
  static const std::vector<Field> list{
      {"backend", [](const LaunchRow& l) { return l.backend; }},
      {"library", [](const LaunchRow& l) { return l.library; }},
      {"device", [](const LaunchRow& l) { return l.device; }},
      {"ranks", [](const LaunchRow& l) { return std::to_string(l.ranks); }},
      {"sites", [](const LaunchRow& l) { return std::to_string(l.sites); }},
      {"topology", [](const LaunchRow& l) { return l.topology; }},
      {"wan_engine", [](const LaunchRow& l) { return l.wan_engine; }},
      {"congestion_control", [](const LaunchRow& l) { return l.congestion_control; }},
      {"kernel", [](const LaunchRow& l) { return l.kernel; }},
      {"version", [](const LaunchRow& l) { return l.version; }},
  };
  return list;
}

constexpr std::array<std::pair<const char*, Quantity>, 8> kQuantities{{{"time", Quantity::time},
                                                                       {"busbw", Quantity::busbw},
                                                                       {"algbw", Quantity::algbw},
                                                                       {"link_share", Quantity::link_share},
                                                                       {"slowdown", Quantity::slowdown},
                                                                       {"host_spread", Quantity::host_spread},
                                                                       {"recovery", Quantity::recovery},
                                                                       {"stall", Quantity::stall}}};

template <class List>
std::vector<std::string> names_in(const List& list) {
  std::vector<std::string> names;
  for (const auto& entry : list) names.emplace_back(entry.first);
  return names;
}

SizeRange read_size(const YamlNode& node) {
  return node.located([&]() -> SizeRange {
    const auto text = node.text();
    const auto bytes = [](std::string_view part) { return static_cast<std::int64_t>(parse_bytes(part).count); };
    const auto dots = text.find("..");
    if (dots == std::string::npos) return {bytes(text), bytes(text)};
    SizeRange range;
    if (dots > 0) range.least = bytes(text.substr(0, dots));
    if (dots + 2 < text.size()) range.most = bytes(text.substr(dots + 2));
    if (range.least > range.most) throw UsageError("'{}' holds no size: write SMALLEST..LARGEST", text);
    return range;
  });
}

/// A word that no point could ever have is a mistake, not a rule that matches nothing.
void check_axis_value(const YamlNode& node, const std::string& axis, const std::string& value) {
  node.located([&] {
    if (axis == "collective") parse_operation(value);
    if (axis == "mode") parse_mode(value);
    if (axis == "wan") parse_wan_axis(value);
    if (axis == "in_place" && value != "true" && value != "false")
      throw UsageError("bad in_place '{}'; expected true or false", value);
    const bool is_count = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    if ((axis == "ranks" || axis == "sites") && !is_count)
      throw UsageError("bad {} '{}'; expected a number", axis, value);
    if (axis == "load" && value != "none" && !is_count)
      throw UsageError("bad load '{}'; expected none, or multiply-adds an element", value);
    return 0;
  });
}

PointFilter read_filter(const YamlNode& node) {
  auto known = names_in(axes());
  known.insert(known.end(), {"size", "sites", "transport"});
  node.expect_keys(known);
  PointFilter filter;
  for (const auto& key : node.keys()) {
    const auto value = node.at(key);
    const auto items = value.is_list() ? value.items() : std::vector<YamlNode>{value};
    if (items.empty()) value.fail("'{}' is empty; expected at least one value", key);
    for (const auto& item : items) {
      if (key == "size") {
        filter.sizes.push_back(read_size(item));
        continue;
      }
      check_axis_value(item, key, item.text());
      (key == "transport" ? filter.transports : filter.axes[key]).push_back(item.text());
    }
  }
  return filter;
}

double read_value(const YamlNode& node, Quantity quantity) {
  switch (quantity) {
    case Quantity::time:
    case Quantity::recovery:
    case Quantity::stall: return seconds(node.duration());
    case Quantity::busbw:
    case Quantity::algbw: return node.bandwidth().value;
    case Quantity::link_share:
    case Quantity::slowdown:
    case Quantity::host_spread: return node.share().value;
  }
  return 0;
}

void read_bounds(const YamlNode& node, Quantity quantity, std::vector<Bound>& bounds) {
  const bool is_excess = quantity == Quantity::slowdown || quantity == Quantity::host_spread;
  if (is_excess || is_of_events(quantity))
    node.expect_keys({"at_most"});
  else
    node.expect_keys({"at_least", "at_most"});
  for (const auto& key : node.keys()) {
    const auto value = node.at(key);
    const Bound bound{quantity, key == "at_least", read_value(value, quantity), value.text()};
    if (!is_excess && !(bound.value > 0)) value.fail("'{}' is no bound; expected more than 0", value.quoted());
    bounds.push_back(bound);
  }
  if (node.keys().empty()) node.fail("no bound; expected at_least or at_most");
}

std::map<std::string, std::string> read_patterns(const YamlNode& node, const std::vector<std::string>& known) {
  if (!known.empty()) node.expect_keys(known);
  std::map<std::string, std::string> patterns;
  for (const auto& key : node.keys()) patterns[key] = node.at(key).text();
  return patterns;
}

Rule read_rule(const YamlNode& node) {
  node.expect_keys({"name", "source", "where", "require"});
  Rule rule;
  rule.where = node.where();
  rule.name = node.at("name").text();
  rule.source = node.get("source", std::string{}, &YamlNode::text);
  if (const auto where = node.find("where")) rule.filter = read_filter(*where);
  const auto require = node.at("require");
  auto known = names_in(kQuantities);
  known.insert(known.end(), {"data", "transport", "nic", "provenance", "environment"});
  require.expect_keys(known);
  for (const auto& [name, quantity] : kQuantities)
    if (const auto bounds = require.find(name)) read_bounds(*bounds, quantity, rule.bounds);
  if (const auto data = require.find("data")) rule.correct_data = data->choice({"correct"}) == "correct";
  if (const auto wanted = require.find("transport")) rule.transports = wanted->texts();
  if (const auto wanted = require.find("nic")) rule.nics = wanted->texts();
  if (const auto wanted = require.find("provenance")) rule.provenance = read_patterns(*wanted, provenance_names());
  if (const auto wanted = require.find("environment")) rule.environment = read_patterns(*wanted, {});
  if (rule.bounds.empty() && !rule.correct_data && rule.transports.empty() && rule.nics.empty() &&
      rule.provenance.empty() && rule.environment.empty())
    require.fail("rule '{}' requires nothing; expected one of {}", rule.name, fmt::join(known, ", "));
  return rule;
}

/// A collective that broke off may have been at any size, type and reduction, and over any ranks where none is counted.
bool is_open_axis(const PointRow& point, std::string_view axis) {
  if (point.type != unknown_axis) return false;
  if (axis == "ranks" || axis == "placement") return point.ranks == 0;
  return axis == "size" || axis == "type" || axis == "reduce_op" || axis == "in_place";
}

}  // namespace

bool matches_pattern(const std::string& pattern, const std::string& value) {
  return fnmatch(pattern.c_str(), value.c_str(), 0) == 0;
}

bool PointFilter::fits(const PointRow& point, const Circumstances& circumstances) const {
  const auto holds = [&](const SizeRange& range) { return range.least <= point.size && point.size <= range.most; };
  if (!sizes.empty() && !is_open_axis(point, "size") && std::ranges::none_of(sizes, holds)) return false;
  const auto used = [&](const std::string& pattern) {
    return std::ranges::any_of(circumstances.transports,
                               [&](const auto& transport) { return matches_pattern(pattern, transport); });
  };
  const bool open = point.type == unknown_axis;
  if (!open && !transports.empty() && std::ranges::none_of(transports, used)) return false;
  const auto had = [&](const std::string& number) { return circumstances.sites.contains(number); };
  if (const auto wanted = axes.find("sites");
      !open && wanted != axes.end() && std::ranges::none_of(wanted->second, had))
    return false;
  return std::ranges::all_of(longhaul::axes(), [&](const Axis& axis) {
    const auto wanted = this->axes.find(axis.first);
    return wanted == this->axes.end() || is_open_axis(point, axis.first) ||
           std::ranges::count(wanted->second, axis.second(point)) > 0;
  });
}

bool is_of_events(Quantity quantity) { return quantity == Quantity::recovery || quantity == Quantity::stall; }

std::string name_of(Quantity quantity) {
  for (const auto& [name, known] : kQuantities)
    if (known == quantity) return name;
  return {};
}

const std::vector<std::string>& acceptable_kinds() {
  static const std::vector<std::string> kinds{"doubles", "scaled", "plugin", "flagged"};
  return kinds;
}

std::vector<std::string> acceptable_kinds_in(const std::string& text) {
  if (text.empty()) return {};
  auto kinds = split(text, ',');
  for (const auto& kind : kinds)
    if (std::ranges::count(acceptable_kinds(), kind) == 0)
      throw UsageError("unknown --accept '{}'; expected some of {}", kind, fmt::join(acceptable_kinds(), ", "));
  return kinds;
}

std::vector<std::string> provenance_names() { return names_in(fields()); }

std::string provenance_value(const LaunchRow& launch, const std::string& name) {
  for (const auto& [known, get] : fields())
    if (known == name) return get(launch);
  return {};
}

Acceptance parse_acceptance(std::string_view text, const std::string& source) {
  const auto root = YamlNode::parse(text, source);
  root.expect_keys({"title", "confidence", "accept", "rules"});
  Acceptance spec;
  spec.title = root.get("title", std::string{}, &YamlNode::text);
  spec.confidence = root.get("confidence", spec.confidence, [](const YamlNode& node) {
    const double value = node.share().value;
    if (value < 0.5 || value >= 1) node.fail("confidence '{}'; expected 50 % to less than 100 %", node.text());
    return value;
  });
  if (const auto accept = root.find("accept"))
    for (const auto& item : accept->is_list() ? accept->items() : std::vector<YamlNode>{*accept})
      spec.accept.push_back(item.choice(acceptable_kinds()));
  const auto rules = root.at("rules");
  for (const auto& node : rules.items()) {
    spec.rules.push_back(read_rule(node));
    for (std::size_t i = 0; i + 1 < spec.rules.size(); ++i)
      if (spec.rules[i].name == spec.rules.back().name)
        node.fail("a second rule is named '{}'; each needs a name of its own", spec.rules.back().name);
  }
  if (spec.rules.empty()) rules.fail("no rule; expected at least one");
  return spec;
}

Acceptance load_acceptance(const std::string& path) {
  return parse_acceptance(read_text_file(path, kLargestYaml), path);
}

}  // namespace longhaul
