#include "topologies/wan_setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"
#include "topologies/physics.hpp"
#include "topologies/text.hpp"
#include "topologies/wan_qualities.hpp"

namespace longhaul {
namespace {

constexpr const char* kForms =
    "expected native, +TIME, xFACTOR, TIME or SITE-SITE=TIME (such as native, +10ms, x2, 0ms, a-b=10ms/b-c=5ms), "
    "each with any of :jitter=TIME :loss=SHARE :rate=RATE :queue=TIME|BYTES";
/// Longer than any road on Earth or to the Moon; keeps all sums far inside 64 bits.
constexpr Duration kLongestRtt = std::chrono::minutes(10);

Duration parse_time(std::string_view text) {
  if (text == "0") return Duration::zero();
  const auto time = parse_duration(text);
  if (time > kLongestRtt) throw UsageError("'{}' is longer than {}", text, format_duration(kLongestRtt));
  return time;
}

double parse_factor(std::string_view text) {
  double factor = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (fault != std::errc{} || end != text.data() + text.size() || !std::isfinite(factor) || factor < 0)
    throw UsageError("'{}' is not a factor of 0 or more", text);
  return std::abs(factor);  // -0 is 0
}

/// A pair's own part of a setting: "a-b=10ms:loss=1%".
struct PairForm {
  std::string pair;
  std::optional<Duration> time;  ///< absent: native
  WanQualities qualities;
};

/// One id taken apart.
struct Form {
  enum class Kind { native, added, factor, absolute } kind = Kind::native;
  Duration time{};
  double factor = 1;
  WanQualities qualities;
  std::vector<PairForm> pairs;
};

/// At each slash but those of rates ("10Gbit/s").
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (const auto& piece : split(text, '/')) {
    if (!parts.empty() && parts.back().ends_with("bit"))
      parts.back() += "/" + piece;
    else
      parts.push_back(piece);
  }
  return parts;
}

PairForm parse_pair(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) throw UsageError("'{}' is not SITE-SITE=TIME", text);
  const std::string pair{trimmed(std::string_view(text).substr(0, equals))};
  const auto dash = pair.find('-', 1);
  if (pair.empty() || dash == std::string::npos || dash + 1 == pair.size())
    throw UsageError("'{}' does not name two sites", pair);
  const auto time = trimmed(std::string_view(text).substr(equals + 1));
  if (time == "native") return {pair, {}, {}};
  return {pair, parse_time(time), {}};
}

Form parse_round_trips(const std::string& text) {
  constexpr std::string_view times_sign = "×";
  const auto after = [&](std::size_t bytes) { return trimmed(std::string_view(text).substr(bytes)); };
  if (text == "native") return {};
  if (text.starts_with('+')) return {Form::Kind::added, parse_time(after(1)), 1, {}, {}};
  if (text.starts_with('x')) return {Form::Kind::factor, {}, parse_factor(after(1)), {}, {}};
  if (text.starts_with(times_sign)) return {Form::Kind::factor, {}, parse_factor(after(times_sign.size())), {}, {}};
  return {Form::Kind::absolute, parse_time(text), 1, {}, {}};
}

Form parse_form(const std::string& text) {
  Form form;
  bool first = true;
  for (const auto& part : parts_of(text)) {
    const auto colon = part.find(':');
    const std::string head{trimmed(std::string_view(part).substr(0, colon))};
    const bool is_pair = !first || head.find('=') != std::string::npos;
    if (is_pair)
      form.pairs.push_back(parse_pair(head));
    else
      form = parse_round_trips(head);
    first = false;
    if (colon == std::string::npos) continue;
    auto qualities = parse_qualities(std::string_view(part).substr(colon + 1));
    if (is_pair && qualities.queue != WanQueue{}) {  // links have queues, not pairs
      if (form.qualities.queue != WanQueue{}) throw UsageError("the queue is that of all links, and given twice");
      form.qualities.queue = std::exchange(qualities.queue, {});
    }
    (is_pair ? form.pairs.back().qualities : form.qualities) = qualities;
  }
  return form;
}

/// parse_form with errors that show the whole setting and what would be one.
Form parse_setting(const std::string& text) {
  if (text.empty()) throw UsageError("empty WAN setting; {}", kForms);
  try {
    return parse_form(text);
  } catch (const UsageError& error) {
    if (!nearest(text, {"native"}).empty()) throw UsageError("unknown WAN setting '{}'; did you mean 'native'?", text);
    throw UsageError("bad WAN setting '{}': {}; {}", text, error.what(), kForms);
  }
}

std::string round_trips_of(const Form& form) {
  switch (form.kind) {
    case Form::Kind::native: break;
    case Form::Kind::added: return fmt::format("+{}", exact_duration(form.time));
    case Form::Kind::factor: return fmt::format("x{}", form.factor);
    case Form::Kind::absolute: return exact_duration(form.time);
  }
  return "native";
}

/// "native" is left out where pairs follow and nothing else does.
std::string id_of(const Form& form) {
  const bool says_nothing = form.kind == Form::Kind::native && form.qualities.empty() && !form.pairs.empty();
  auto id = says_nothing ? "" : round_trips_of(form) + text_of(form.qualities);
  for (const auto& [pair, time, qualities] : form.pairs)
    id += fmt::format("{}{}={}{}", id.empty() ? "" : "/", pair, time ? exact_duration(*time) : "native",
                      text_of(qualities));
  return id;
}

std::string pair_name(const Topology& topology, const PairWan& pair) {
  return topology.sites[pair.a].name + "-" + topology.sites[pair.b].name;
}

/// The pair that "left-right" means, whichever dash parts the two names and whichever comes first.
PairWan& pair_named(const std::string& name, WanSetting& setting, const Topology& topology) {
  PairWan* found = nullptr;
  std::vector<std::string> names;
  for (auto& pair : setting.pairs) {
    const auto &a = topology.sites[pair.a].name, &b = topology.sites[pair.b].name;
    names.push_back(pair_name(topology, pair));
    if (name != fmt::format("{}-{}", a, b) && name != fmt::format("{}-{}", b, a)) continue;
    if (found)
      throw UsageError("WAN setting '{}': '{}' can mean two pairs of sites of topology '{}'; rename a site", setting.id,
                       name, topology.name);
    found = &pair;
  }
  if (found) return *found;
  throw UsageError("WAN setting '{}': no pair of sites '{}' in topology '{}'; {}expected one of {}", setting.id, name,
                   topology.name, did_you_mean(name, names), fmt::join(names, ", "));
}

void set_qualities(PairWan& pair, const WanQualities& qualities) {
  pair.jitter = qualities.jitter.value_or(pair.jitter);
  pair.loss = qualities.loss.value_or(pair.loss);
  pair.rate = qualities.rate.value_or(pair.rate);
}

void set_pairs(const std::vector<PairForm>& wanted, WanSetting& setting, const Topology& topology) {
  std::vector<const PairWan*> seen;
  for (const auto& [name, time, qualities] : wanted) {
    auto& pair = pair_named(name, setting, topology);
    if (std::find(seen.begin(), seen.end(), &pair) != seen.end())
      throw UsageError("WAN setting '{}' names the pair '{}' twice", setting.id, name);
    seen.push_back(&pair);
    if (time) pair.rtt = *time;
    set_qualities(pair, qualities);
  }
}

void require_one_pair(const WanSetting& setting, const Topology& topology) {
  if (setting.pairs.size() == 1) return;
  throw UsageError("WAN setting '{}' is ambiguous: topology '{}' has {} pairs of sites; write the pair, such as {}={}",
                   setting.id, topology.name, setting.pairs.size(), pair_name(topology, setting.pairs.front()),
                   setting.id);
}

Duration multiplied(Duration rtt, double factor, const WanSetting& setting) {
  const double length = seconds(rtt) * factor;
  if (length > seconds(kLongestRtt))
    throw UsageError("WAN setting '{}' makes an RTT longer than {}", setting.id, format_duration(kLongestRtt));
  return from_seconds(length);
}

/// What the topology's own links add up to on a path: jitters add, losses compose.
std::pair<Duration, Share> weather_of(const Topology& topology, const Path& path) {
  Duration jitter{};
  double through = 1;
  for (const auto link : path.links) {
    jitter += topology.links[link].jitter;
    through *= 1 - topology.links[link].loss.value;
  }
  return {jitter, {1 - through}};
}

}  // namespace

std::vector<std::string> parse_wan_axis(std::string_view text) {
  std::vector<std::string> ids;
  for (const auto& part : split(text, ',')) {
    const auto id = id_of(parse_setting(part));
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

WanSetting resolve_wan(const std::string& id, const Topology& topology) {
  const auto form = parse_setting(id);
  WanSetting setting{id_of(form), {}, form.qualities.queue, 1};
  for (const auto& path : all_paths(topology)) {
    const auto [jitter, loss] = weather_of(topology, path);
    setting.pairs.push_back({path.from, path.to, path.rtt(), jitter, loss, {}});
    set_qualities(setting.pairs.back(), form.qualities);
  }
  if (setting.pairs.empty() && setting.id != "native")
    throw UsageError("WAN setting '{}' needs two sites; topology '{}' has one: use native, or --lab with a topology",
                     setting.id, topology.name);
  switch (form.kind) {
    case Form::Kind::native: break;
    case Form::Kind::added:
      for (auto& pair : setting.pairs) pair.rtt += form.time;
      break;
    case Form::Kind::factor:
      for (auto& pair : setting.pairs) pair.rtt = multiplied(pair.rtt, form.factor, setting);
      break;
    case Form::Kind::absolute:
      require_one_pair(setting, topology);
      setting.pairs.front().rtt = form.time;
      break;
  }
  set_pairs(form.pairs, setting, topology);
  return setting;
}

}  // namespace longhaul
