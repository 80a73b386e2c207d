#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "harness/plan.hpp"
#include "topologies/share.hpp"
#include "topologies/text_file.hpp"
#include "topologies/wan_setting.hpp"
#include "topologies/yaml.hpp"

namespace longhaul {
namespace {

const std::vector<std::string> kKeys{"topology",    "collective", "algorithm", "type",      "reduce_op",  "in_place",
                                     "mode",        "size",       "wan_rtt",   "launches",  "rounds",     "min_samples",
                                     "max_samples", "visit_time", "for",       "precision", "confidence", "seed",
                                     "lab",         "backend",    "memory",    "nccl",      "net",        "only",
                                     "load",        "shard",      "pattern",   "wan",       "events"};

constexpr int kMost = 1'000'000;  // of anything counted; far beyond any use, well within int

/// An axis: one value, a comma-separated text or a list, each parsed by `parse`.
template <class Value, class Parse>
void read_axis(const YamlNode& root, const char* key, std::vector<Value>& axis, Parse parse) {
  const auto node = root.find(key);
  if (!node) return;
  axis.clear();
  const auto items = node->is_list() ? node->items() : std::vector<YamlNode>{*node};
  for (const auto& item : items)
    item.located([&] {
      for (const auto& value : parse_list(item.text(), parse)) axis.push_back(value);
    });
  if (axis.empty()) node->fail("'{}' is empty; expected at least one value", key);
}

bool parse_in_place(std::string_view text) {
  if (text == "true" || text == "yes" || text == "in-place") return true;
  if (text == "false" || text == "no" || text == "out-of-place") return false;
  throw UsageError("bad in_place '{}'; expected true or false", text);
}

LabShape read_lab(const YamlNode& node, LabShape lab) {
  node.expect_keys({"hosts_per_site", "slots", "scale", "congestion_control", "faults", "gateway"});
  const auto count = [](const YamlNode& value) { return static_cast<int>(value.integer(1, 65536)); };
  lab.hosts_per_site = node.get("hosts_per_site", lab.hosts_per_site, count);
  lab.slots = node.get("slots", lab.slots, count);
  lab.scale = node.get("scale", lab.scale, &YamlNode::text);
  lab.congestion_control = node.get("congestion_control", lab.congestion_control, &YamlNode::text);
  lab.faults = node.get("faults", lab.faults, &YamlNode::text);
  lab.gateway = node.get("gateway", lab.gateway, &YamlNode::text);
  return lab;
}

NetShape read_net(const YamlNode& node, NetShape net) {
  node.expect_keys({"plugin", "channels", "buffer", "ring", "completion", "sockets"});
  const auto count = [](const YamlNode& value) { return static_cast<int>(value.integer(1, 1024)); };
  net.plugin = node.get("plugin", net.plugin, &YamlNode::text);
  net.channels = node.get("channels", net.channels, count);
  net.buffer = node.get("buffer", net.buffer, [](const YamlNode& value) { return parse_bytes(value.text()); });
  net.ring = node.get("ring", net.ring, &YamlNode::text);
  net.completion = node.get("completion", net.completion, &YamlNode::text);
  net.sockets = node.get("sockets", net.sockets, count);
  return net;
}

void read_sizes(const YamlNode& root, Plan& plan) {
  const auto node = root.find("size");
  if (!node) return;
  plan.size.clear();
  for (const auto& text : node->texts())
    node->located([&] { std::ranges::copy(parse_sizes(text), std::back_inserter(plan.size)); });
}

void read_wan(const YamlNode& root, Plan& plan) {
  const auto node = root.find("wan_rtt");
  if (!node) return;
  plan.wan_rtt.clear();
  for (const auto& text : node->texts())
    node->located([&] { std::ranges::copy(parse_wan_axis(text), std::back_inserter(plan.wan_rtt)); });
}

/// As a plan says them, each on a line of its own.
std::string text_of(const std::vector<YamlNode>& events) {
  std::string text;
  for (const auto& event : events) {
    std::vector<std::string> pairs;
    for (const auto& key : event.keys()) pairs.push_back(fmt::format("{}: '{}'", key, event.at(key).text()));
    text += fmt::format("  - {{{}}}\n", fmt::join(pairs, ", "));
  }
  return text.empty() ? text : "events:\n" + text;
}

template <class Value>
std::string flow(const std::vector<Value>& values) {
  std::vector<std::string> names;
  for (const auto& value : values) names.push_back(name_of(value));
  return fmt::format("[{}]", fmt::join(names, ", "));
}

}  // namespace

Plan parse_plan(std::string_view text, const std::string& source) {
  const auto root = YamlNode::parse(text, source);
  root.expect_keys(kKeys);
  Plan plan;
  const auto count = [](const YamlNode& node) { return static_cast<int>(node.integer(1, kMost)); };
  const auto share = [](const YamlNode& node) { return node.share().value; };
  plan.topology = root.get("topology", plan.topology, &YamlNode::text);
  read_axis(root, "collective", plan.collective, parse_operation);
  read_axis(root, "algorithm", plan.algorithm, parse_algorithm);
  read_axis(root, "type", plan.type, parse_data_type);
  read_axis(root, "reduce_op", plan.reduce_op, parse_reduce_op);
  read_axis(root, "in_place", plan.in_place, parse_in_place);
  read_axis(root, "mode", plan.mode, parse_mode);
  plan.size = parse_sizes(root.find("pattern") ? default_pattern_sizes() : default_sizes());
  read_sizes(root, plan);
  read_wan(root, plan);
  plan.wan = root.get("wan", plan.wan, &YamlNode::text);
  if (const auto events = root.find("events")) plan.events = events->items();
  read_axis(root, "nccl", plan.nccl, [](std::string_view word) { return std::string(word); });
  read_axis(root, "load", plan.load, parse_load);
  read_axis(root, "pattern", plan.pattern, [](std::string_view word) { return std::string(word); });
  plan.backend = root.get("backend", plan.backend, &YamlNode::text);
  plan.memory = root.get("memory", plan.memory, &YamlNode::text);
  plan.launches = root.get("launches", plan.launches, count);
  plan.rounds = root.get("rounds", plan.rounds, count);
  plan.min_samples = root.get("min_samples", plan.min_samples, count);
  plan.max_samples = root.get("max_samples", plan.max_samples, count);
  plan.visit_time = root.get("visit_time", plan.visit_time, &YamlNode::duration);
  plan.time_limit = root.get("for", plan.time_limit, &YamlNode::duration);
  plan.precision = root.get("precision", plan.precision, share);
  plan.confidence = root.get("confidence", plan.confidence, share);
  plan.seed = static_cast<std::uint64_t>(root.get("seed", 1LL, [](const YamlNode& node) { return node.integer(0); }));
  if (const auto only = root.find("only")) plan.only = only->texts();
  plan.shard = root.get("shard", plan.shard, [](const YamlNode& node) { return parse_shard(node.text()); });
  if (const auto lab = root.find("lab")) plan.lab = read_lab(*lab, plan.lab);
  if (const auto net = root.find("net")) plan.net = read_net(*net, plan.net);
  return plan;
}

Plan load_plan(const std::string& name_or_path) {
  const auto path = shared_file("plan", "plans", name_or_path).string();
  return parse_plan(read_text_file(path, kLargestYaml), path);
}

std::string to_yaml(const Plan& plan) {
  std::vector<std::string> sizes, in_place;
  for (const auto size : plan.size) sizes.push_back(fmt::format("{} B", size.count));  // exact, unlike format_bytes
  for (const bool value : plan.in_place) in_place.emplace_back(value ? "true" : "false");
  std::string text;
  if (!plan.topology.empty()) text += fmt::format("topology: '{}'\n", plan.topology);
  text += fmt::format("collective: {}\nalgorithm: {}\ntype: {}\nreduce_op: {}\nin_place: [{}]\nmode: {}\n",
                      flow(plan.collective), flow(plan.algorithm), flow(plan.type), flow(plan.reduce_op),
                      fmt::join(in_place, ", "), flow(plan.mode));
  text += fmt::format("size: [{}]\nwan_rtt: ['{}']\n", fmt::join(sizes, ", "), fmt::join(plan.wan_rtt, "', '"));
  text +=
      fmt::format("backend: {}\nmemory: {}\nnccl: ['{}']\n", plan.backend, plan.memory, fmt::join(plan.nccl, "', '"));
  std::vector<std::string> loads;
  for (const auto load : plan.load) loads.push_back(load == 0 ? "none" : std::to_string(load));
  text += fmt::format("load: [{}]\n", fmt::join(loads, ", "));
  text += fmt::format("launches: {}\nrounds: {}\nmin_samples: {}\nmax_samples: {}\n", plan.launches, plan.rounds,
                      plan.min_samples, plan.max_samples);
  text += fmt::format("visit_time: {} ns\nfor: {} ns\n", plan.visit_time.count(), plan.time_limit.count());
  text += fmt::format("precision: {}\nconfidence: {}\nseed: {}\n", plan.precision, plan.confidence, plan.seed);
  if (!plan.pattern.empty()) text += fmt::format("pattern: [{}]\n", fmt::join(plan.pattern, ", "));
  if (!plan.only.empty()) text += fmt::format("only: ['{}']\n", fmt::join(plan.only, "', '"));
  text += fmt::format("net: {{channels: {}, buffer: {} B, completion: {}, sockets: {}", plan.net.channels,
                      plan.net.buffer.count, plan.net.completion, plan.net.sockets);
  if (!plan.net.plugin.empty()) text += fmt::format(", plugin: '{}'", plan.net.plugin);
  if (!plan.net.ring.empty()) text += fmt::format(", ring: '{}'", plan.net.ring);
  text += "}\n";
  if (!plan.wan.empty()) text += fmt::format("wan: {}\n", plan.wan);
  text += text_of(plan.events);
  if (plan.shard.count > 1) text += fmt::format("shard: {}\n", name_of(plan.shard));
  return text + fmt::format("lab: {{hosts_per_site: {}, slots: {}, scale: '{}', congestion_control: {}{}{}}}\n",
                            plan.lab.hosts_per_site, plan.lab.slots, plan.lab.scale, plan.lab.congestion_control,
                            plan.lab.faults.empty() ? "" : fmt::format(", faults: '{}'", plan.lab.faults),
                            plan.lab.gateway == "auto" ? "" : fmt::format(", gateway: '{}'", plan.lab.gateway));
}

}  // namespace longhaul
