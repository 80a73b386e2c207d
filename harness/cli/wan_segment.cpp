#include "harness/cli/wan_segment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "topologies/error.hpp"
#include "topologies/load.hpp"
#include "topologies/segment_wan.hpp"
#include "topologies/text_table.hpp"
#include "topologies/wan/control_segment.hpp"

namespace longhaul {
namespace {

constexpr const char* kKeptTag = "wan";  ///< of the one that `wan apply` makes

wan::MappedSegment opened(const std::string& path) {
  try {
    return wan::MappedSegment::open(path);
  } catch (const wan::MappedSegment::Failure& failure) {
    throw EnvironmentError("{}; longhaul wan show --wan plugin lists the segments of this host", failure.text);
  }
}

/// Empty where there is none.
std::string chosen_path(const std::string& path) {
  if (!path.empty()) return path;
  if (const char* named = std::getenv("LONGHAUL_NET_CONTROL"); named != nullptr && *named != '\0') return named;
  const auto found = wan::segments();
  if (found.size() > 1)
    throw UsageError("{} control segments are here ({}); say which: --segment PATH", found.size(),
                     fmt::join(found, ", "));
  return found.empty() ? "" : found.front();
}

ChosenSegment chosen_at(const std::string& path, const std::string& topology) {
  auto segment = opened(path);
  const auto name = topology.empty() ? segment->topology.get() : topology;
  if (name.empty()) throw UsageError("{} names no topology; say which: --topology NAME|FILE", path);
  auto loaded = load_topology(name);
  auto control = std::make_unique<SegmentWan>(std::move(segment), loaded);
  return {std::move(loaded), std::move(control)};
}

struct Travelled {
  std::size_t from, to;
  const wan::SharedWay* way;
};

std::vector<Travelled> ways_of(const wan::ControlSegment& segment) {
  std::vector<Travelled> ways;
  for (std::size_t from = 0; from < segment.sites; ++from)
    for (std::size_t to = 0; to < segment.sites; ++to)
      if (from != to) ways.push_back({from, to, &segment.way(from, to)});
  return ways;
}

std::string state_of(const wan::SharedWay& way) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  for (const auto& outage : way.outages)
    if (outage.begin <= now && now < outage.end) return "cut";
  return "up";
}

nlohmann::json json_of(const std::string& path, const wan::ControlSegment& segment, bool unused) {
  auto ways = nlohmann::json::array();
  for (const auto& [from, to, way] : ways_of(segment))
    ways.push_back({{"from", segment.site_names[from].get()},
                    {"to", segment.site_names[to].get()},
                    {"delay", seconds(Duration(way->delay.load()))},
                    {"jitter", seconds(Duration(way->jitter.load()))},
                    {"loss", way->loss.load()},
                    {"rate", way->rate.bytes_per_second.load()},
                    {"bytes", way->bytes.load()},
                    {"messages", way->messages.load()},
                    {"stalls", way->stalls.load()},
                    {"state", state_of(*way)}});
  return {{"engine", "plugin"},
          {"segment", path},
          {"in_use", !unused},
          {"topology", segment.topology.get()},
          {"setting", segment.setting.get()},
          {"lateness",
           {{"messages", wan::count(segment.lateness)},
            {"p50", seconds(wan::quantile(segment.lateness, 0.5))},
            {"p99", seconds(wan::quantile(segment.lateness, 0.99))},
            {"max", seconds(Duration(segment.lateness.max.load()))}}},
          {"ways", ways}};
}

std::string text_of(const std::string& path, const wan::ControlSegment& segment, bool unused) {
  TextTable table{{{"From", TextTable::Align::left},
                   {"To", TextTable::Align::left},
                   {"Delay, one way"},
                   {"Jitter"},
                   {"Loss"},
                   {"Rate"},
                   {"Sent"},
                   {"Messages"},
                   {"Stalls"},
                   {"State", TextTable::Align::left}},
                  {}};
  for (const auto& [from, to, way] : ways_of(segment)) {
    const auto rate = way->rate.bytes_per_second.load();
    table.rows.push_back(
        {segment.site_names[from].get(), segment.site_names[to].get(), format_duration(Duration(way->delay.load())),
         format_duration(Duration(way->jitter.load())), fmt::format("{:.3g} %", way->loss.load() * 100),
         rate > 0 ? format_bit_rate({static_cast<double>(rate)}) : "uncapped", format_bytes({way->bytes.load()}),
         fmt::format("{}", way->messages.load()), fmt::format("{}", way->stalls.load()), state_of(*way)});
  }
  const auto& late = segment.lateness;
  const auto setting = segment.setting.get();
  return fmt::format("{}{}: {} under {}; released late by {} (p50), {} (p99) of {} messages\n\n{}", path,
                     unused ? " (no process uses it)" : "", segment.topology.get(),
                     setting.empty() ? "no setting" : setting, format_duration(wan::quantile(late, 0.5)),
                     format_duration(wan::quantile(late, 0.99)), wan::count(late), table.str());
}

std::string own_host() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

/// What the environment has to say; which site it is where the topology does not know the host.
std::string environment_of(const std::string& path, const Topology& topology, std::optional<std::size_t> site) {
  std::string sites;
  for (std::size_t i = 0; i < topology.sites.size(); ++i)
    sites += fmt::format("{}{} {}", i > 0 ? ", " : "", i, topology.sites[i].name);
  return fmt::format("export LONGHAUL_NET_CONTROL={}\n", path) +
         (site ? fmt::format("export LONGHAUL_NET_SITE={}  # {}\n", *site, topology.sites[*site].name)
               : fmt::format("# this host is in no site: each process needs LONGHAUL_NET_SITE, one of {}\n", sites));
}

WanSetting possible(const std::string& id, const Topology& topology) {
  auto setting = resolve_wan(id, topology);
  require_ability("plugin", SegmentWan::abilities(), setting, topology);
  return setting;
}

}  // namespace

std::string describe_segments(bool json) {
  auto rows = nlohmann::json::array();
  std::string text;
  for (const auto& path : wan::segments()) {
    const bool unused = wan::is_unused(path);
    const auto segment = opened(path);
    rows.push_back(json_of(path, *segment, unused));
    text += (text.empty() ? "" : "\n") + text_of(path, *segment, unused);
  }
  if (json) return rows.dump(2) + "\n";
  return text.empty()
             ? "no control segment of the plugin's is here: longhaul run --wan plugin, or wan apply, makes one\n"
             : text;
}

ChosenSegment choose_segment(const std::string& path, const std::string& topology) {
  const auto chosen = chosen_path(path);
  if (chosen.empty())
    throw UsageError(
        "no control segment of the plugin's is on this host; longhaul wan apply SETTING --wan plugin "
        "--topology NAME makes one");
  return chosen_at(chosen, topology);
}

std::string apply_to_segment(const std::string& path, const std::string& topology, const std::string& setting,
                             const std::string& host) {
  auto chosen = chosen_path(path);
  if (chosen.empty()) {
    if (topology.empty()) throw UsageError("--wan plugin needs the sites and links: --topology NAME|FILE");
    const auto loaded = load_topology(topology);
    possible(setting, loaded);  // a refusal must leave nothing behind
    try {
      chosen = wan::MappedSegment::create(kKeptTag, loaded.sites.size(), true).path();
    } catch (const wan::MappedSegment::Failure& failure) {
      throw EnvironmentError("{}", failure.text);
    }
  }
  auto found = chosen_at(chosen, topology);
  found.control->apply(possible(setting, found.topology));
  const auto site = site_of(found.topology, host.empty() ? own_host() : host);
  if (site) opened(chosen)->own_site = static_cast<std::int32_t>(*site);
  return environment_of(chosen, found.topology, site);
}

std::string clean_segments() {
  std::string lines;
  for (const auto& path : wan::remove_unused_segments(true)) lines += fmt::format("{} removed\n", path);
  for (const auto& path : wan::segments()) {
    wan::neutralise(*opened(path));
    lines += fmt::format(
        "{} is in use: nothing is delayed or cut any more; it goes with the last process that uses it\n", path);
  }
  return lines;
}

}  // namespace longhaul
