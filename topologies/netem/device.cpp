#include "topologies/netem/device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "topologies/error.hpp"
#include "topologies/netem/program.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::json;

/// How far netem's own rounding (to ticks of 64 ns) may move a delay.
constexpr Duration kRounding = std::chrono::microseconds(1);

std::string checked_output(const std::vector<std::string>& command) {
  const auto result = run_program(command);
  if (result.code == 0) return result.out;
  auto said = result.err.substr(0, result.err.find('\n'));
  throw EnvironmentError("'{}' failed: {}", shell_text(command), said);
}

/// What tc says of a holder beside its name: netem's quantities stand in objects of their own, tbf's do not.
void read_options(const Json& options, Held& held) {
  if (held.kind == "tbf") held.rate = {options.value("rate", 0.0)};
  if (held.kind != "netem") return;
  held.limit = options.value("limit", std::uint64_t{0});
  if (const auto delay = options.find("delay"); delay != options.end()) {
    held.delay = from_seconds(delay->is_object() ? delay->at("delay").get<double>() : delay->get<double>());
    if (delay->is_object()) held.jitter = from_seconds(delay->value("jitter", 0.0));
  }
  if (const auto loss = options.find("loss-random"); loss != options.end()) held.loss = {loss->value("loss", 0.0)};
  if (const auto rate = options.find("rate"); rate != options.end() && rate->is_object())
    held.rate = {rate->value("rate", 0.0)};
}

/// "333333Kbit", as tc prints rates.
BytesPerSecond rate_from(const std::string& text) {
  std::size_t end = 0;
  double rate = 0;
  try {
    rate = std::stod(text, &end);
  } catch (const std::exception&) {
    return {};
  }
  constexpr std::string_view units = "kmgt";
  const auto unit = end < text.size() ? units.find(static_cast<char>(std::tolower(text[end]))) : units.npos;
  if (unit != units.npos) rate *= std::pow(1000, static_cast<double>(unit) + 1);
  return from_bits_per_second(rate);
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// tc rounds what it prints to three places, and netem loss to 2^-32.
bool near(double one, double other) { return std::abs(one - other) <= 0.005 * std::max(one, other) + 1e-9; }
bool near(Duration one, Duration other) { return one - other <= kRounding && other - one <= kRounding; }

std::string text_of(const Held& held) {
  auto text = held.kind;
  if (held.kind == "netem")
    text += fmt::format(" limit {} delay {} jitter {} loss {}", held.limit, format_duration(held.delay),
                        format_duration(held.jitter), format_share(held.loss));
  return held.rate.value > 0 ? text + fmt::format(" rate {}", format_bit_rate(held.rate)) : text;
}

bool same(const Held& one, const Held& other) {
  return one.kind == other.kind && one.limit == other.limit && near(one.delay, other.delay) &&
         near(one.jitter, other.jitter) && near(one.loss.value, other.loss.value) &&
         near(one.rate.value, other.rate.value);
}

std::string text_of(const std::vector<Steering>& filters) {
  std::vector<std::string> texts;
  for (const auto& each : filters) texts.push_back(each.to + " to " + each.class_id);
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

/// Whether the holders that stand there can be changed in place: the same addresses take the same classes.
bool same_outline(const InForce& standing, const Expected& wanted) {
  const auto ours = std::ranges::count_if(
      standing.disciplines, [](const Discipline& each) { return each.kind == "netem" || each.kind == "tbf"; });
  return ours == std::ssize(wanted.holders) && standing.filters == wanted.filters &&
         std::ranges::all_of(wanted.holders, [&](const Held& held) {
           return std::ranges::any_of(standing.disciplines, [&](const Discipline& each) {
             return each.handle == held.handle && each.kind == held.kind;
           });
         });
}

}  // namespace

std::vector<Discipline> parse_disciplines(const std::string& json) {
  try {
    std::vector<Discipline> all;
    for (const auto& each : Json::parse(json)) {
      Discipline one;
      one.kind = each.at("kind");
      one.handle = each.value("handle", "0:");
      one.parent = each.value("parent", "");
      if (each.contains("options")) read_options(each.at("options"), one);
      const auto counter = [&](const char* name) { return each.value(name, std::uint64_t{0}); };
      one.counters = {counter("bytes"), counter("packets"), counter("drops"), counter("backlog")};
      all.push_back(one);
    }
    return all;
  } catch (const Json::exception& error) {
    throw EnvironmentError("cannot read what tc says of its disciplines: {}", error.what());
  }
}

std::vector<Discipline> disciplines_of(const std::string& device) {
  return parse_disciplines(checked_output({"tc", "-s", "-j", "qdisc", "show", "dev", device}));
}

std::vector<Steering> parse_filters(const std::string& text) {
  std::vector<Steering> filters;
  std::string class_id;
  const auto words = words_of(text);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "flowid" || words[i] == "*flowid") class_id = words[i + 1];
    if (words[i] != "match") continue;
    const auto& match = words[i + 1];  // 0a090200/ffffff00
    const auto slash = match.find('/');
    if (slash == std::string::npos) continue;
    const auto number = [](const std::string& hex) {
      return static_cast<std::uint32_t>(std::strtoul(hex.c_str(), nullptr, 16));
    };
    const Prefix to{number(match.substr(0, slash)), std::popcount(number(match.substr(slash + 1)))};
    filters.push_back({text_of(to), class_id});
  }
  std::ranges::sort(filters);
  return filters;
}

std::vector<ClassRate> parse_classes(const std::string& text) {
  std::vector<ClassRate> classes;
  const auto words = words_of(text);
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i] == "class") classes.push_back({words[i + 1] == "htb" ? words[i + 2] : "", {}});
    if (words[i] == "rate" && !classes.empty()) classes.back().rate = rate_from(words[i + 1]);
  }
  std::erase_if(classes, [](const ClassRate& each) { return each.class_id.empty(); });
  return classes;
}

InForce in_force_on(const std::string& device) {
  InForce standing{disciplines_of(device), {}, {}};
  if (owner_of(standing.disciplines) != Owner::us) return standing;
  standing.classes = parse_classes(checked_output({"tc", "class", "show", "dev", device}));
  for (const auto& each : standing.disciplines) {
    if (each.kind != "htb") continue;
    const auto more = parse_filters(checked_output({"tc", "filter", "show", "dev", device, "parent", each.handle}));
    standing.filters.insert(standing.filters.end(), more.begin(), more.end());
  }
  std::ranges::sort(standing.filters);
  return standing;
}

Owner owner_of(const std::vector<Discipline>& disciplines) {
  // The kernel's own have no handle; what a person adds has one, ours that of the root.
  for (const auto& each : disciplines)
    if (each.parent.empty() && each.handle == kRootHandle) return Owner::us;
  const bool untouched = std::ranges::all_of(disciplines, [](const Discipline& each) {
    return each.handle == "0:" || each.kind == "ingress" || each.kind == "clsact";
  });
  return untouched ? Owner::kernel : Owner::other;
}

void require_in_force(const std::string& device, const Expected& expected, const InForce& found) {
  for (const auto& held : expected.holders) {
    const auto there =
        std::ranges::find_if(found.disciplines, [&](const Discipline& each) { return each.handle == held.handle; });
    if (there == found.disciplines.end())
      throw EnvironmentError("device '{}' has no {} {} below {} though tc took it; run: longhaul wan clean", device,
                             held.kind, held.handle, held.parent);
    if (!same(held, *there))
      throw EnvironmentError("device '{}' has {} '{}' instead of '{}'; run: longhaul wan clean", device, held.handle,
                             text_of(*there), text_of(held));
  }
  for (const auto& wanted : expected.classes) {
    const auto there = std::ranges::find(found.classes, wanted.class_id, &ClassRate::class_id);
    if (there == found.classes.end() || !near(there->rate.value, wanted.rate.value))
      throw EnvironmentError("device '{}' has class {} at {} instead of {}; run: longhaul wan clean", device,
                             wanted.class_id, there == found.classes.end() ? "none" : format_bit_rate(there->rate),
                             format_bit_rate(wanted.rate));
  }
  if (found.filters != expected.filters)
    throw EnvironmentError("device '{}' sends {} instead of {}; run: longhaul wan clean", device,
                           text_of(found.filters), text_of(expected.filters));
}

std::vector<QueueCounters> counters_by_site(const std::vector<Discipline>& disciplines, std::size_t sites) {
  std::vector<QueueCounters> all(sites);
  for (const auto& each : disciplines) {
    const auto site = site_of_holder(each.handle);
    if (!site || *site >= sites) continue;
    all[*site].bytes += each.counters.bytes;
    all[*site].packets += each.counters.packets;
    all[*site].drops += each.counters.drops;
    all[*site].backlog += each.counters.backlog;
  }
  return all;
}

std::vector<std::vector<std::string>> change_commands(const InForce& standing, const ShapedDevice& device,
                                                      const std::vector<Shape>& shapes, Holder holder) {
  const auto owner = owner_of(standing.disciplines);
  if (owner == Owner::other) {
    std::string theirs;
    for (const auto& each : standing.disciplines)
      if (each.handle != "0:") theirs += fmt::format("{}{} {}", theirs.empty() ? "" : ", ", each.kind, each.handle);
    throw EnvironmentError(
        "device '{}' carries disciplines that are not Longhaul's ({}); they stay. Remove them yourself if they may go: "
        "sudo tc qdisc del dev {} root",
        device.name, theirs, device.name);
  }
  if (owner == Owner::us && same_outline(standing, expected_of(device, shapes, holder)))
    return reshape_commands(device, shapes, holder);
  auto commands = shape_commands(device, shapes, holder);
  if (owner == Owner::us) commands.insert(commands.begin(), unshape_command(device.name));
  return commands;
}

std::string device_towards(const std::string& address) {
  const auto json = checked_output({"ip", "-j", "route", "get", address});
  try {
    return Json::parse(json).at(0).at("dev");
  } catch (const Json::exception&) {
    throw EnvironmentError("this host has no route to {}; 'ip route get {}' should name a device", address, address);
  }
}

ShapedDevice describe_device(const std::string& name, BytesPerSecond otherwise) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path("/sys/class/net") / name;
  ShapedDevice device{name, 0, otherwise};
  std::error_code none;
  for (fs::directory_iterator entry(folder / "queues", none), end; !none && entry != end; entry.increment(none))
    if (entry->path().filename().string().starts_with("tx-")) ++device.queues;
  if (device.queues == 0) throw EnvironmentError("there is no network device '{}'; see them with: ip link", name);
  double megabits = 0;
  if (std::ifstream(folder / "speed") >> megabits && megabits > 0)
    device.line_rate = from_bits_per_second(megabits * 1e6);
  return device;
}

void run_tc(const std::vector<std::string>& words) {
  std::vector<std::string> command{"tc"};
  command.insert(command.end(), words.begin(), words.end());
  const auto result = run_program(command);
  if (result.code == 0) return;
  const auto said = result.err.substr(0, result.err.find('\n'));
  if (said.find("qdisc kind is unknown") != std::string::npos)
    for (const char* kind : {"netem", "htb", "tbf", "mq"})
      if (std::ranges::find(words, kind) != words.end())
        throw EnvironmentError(
            "this kernel has no {}: its module sch_{} is not there. Load it with: sudo modprobe sch_{} (Debian and "
            "Ubuntu: "
            "linux-image or linux-modules-extra; RHEL: kernel-modules-extra), or use --wan plugin or --wan lab",
            kind, kind, kind);
  if (said.find("not permitted") != std::string::npos)
    throw EnvironmentError("'{}' needs root (CAP_NET_ADMIN): {}", shell_text(command), said);
  throw EnvironmentError("'{}' failed: {}", shell_text(command), said);
}

}  // namespace longhaul
