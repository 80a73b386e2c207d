#include "results/report_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "results/pair_matrix.hpp"
#include "results/rate_scale.hpp"
#include "results/report_soak.hpp"
#include "results/report_summary.hpp"

namespace longhaul {

namespace {

using nlohmann::json;

/// Six significant digits: more than any sample here holds, and a third of the bytes.
json number(double value, int digits = 6) {
  if (!std::isfinite(value)) return nullptr;
  const auto text = fmt::format("{:.{}g}", value, digits);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  if (rounded == std::trunc(rounded) && std::abs(rounded) < 1e15) return static_cast<std::int64_t>(rounded);
  return rounded;
}

json numbers(const std::vector<double>& values, int digits = 6) {
  json out = json::array();
  for (const double value : values) out.push_back(number(value, digits));
  return out;
}

/// A column of a table: what `get` says of each row.
template <class Rows, class Get>
json column(const Rows& rows, Get get) {
  json out = json::array();
  for (const auto& row : rows) {
    if constexpr (std::is_same_v<decltype(get(row)), double>)
      out.push_back(number(get(row)));
    else
      out.push_back(get(row));
  }
  return out;
}

json wan_table(const std::vector<WanSummary>& settings) {
  return {{"id", column(settings, [](auto& s) { return s.id; })},
          {"label", column(settings, [](auto& s) { return s.label; })},
          {"rtt", column(settings, [](auto& s) { return s.rtt; })}};
}

json marks_table(const std::vector<PointMarks>& marks) {
  return {{"visits", column(marks, [](auto& m) { return m.visits; })},
          {"late_release", column(marks, [](auto& m) { return m.late_release; })},
          {"clock_limited", column(marks, [](auto& m) { return m.clock_limited; })},
          {"wrong_data", column(marks, [](auto& m) { return m.wrong_data; })},
          {"wan_not_felt", column(marks, [](auto& m) { return m.wan_not_felt; })},
          {"oversubscribed", column(marks, [](auto& m) { return m.oversubscribed; })},
          {"interrupted", column(marks, [](auto& m) { return m.interrupted; })},
          {"throttled", column(marks, [](auto& m) { return m.throttled; })},
          {"doubtful", column(marks, [](auto& m) { return m.doubtful() ? 1 : 0; })}};
}

json point_table(const Results& results, const std::vector<WanSummary>& settings) {
  const auto least = [&](const PointRow& point) {
    for (const auto& wan : settings)
      if (wan.id == point.wan) return least_time(point, wan);
    return 0.0;
  };
  const auto& points = results.points;
  json table = json::object();
  const auto add = [&](const char* name, auto get) { table[name] = column(points, get); };
  add("operation", [](auto& p) { return p.operation; });
  add("algorithm", [](auto& p) { return p.algorithm; });
  add("type", [](auto& p) { return p.type; });
  add("reduce_op", [](auto& p) { return p.reduce_op; });
  add("mode", [](auto& p) { return p.mode; });
  add("wan", [](auto& p) { return p.wan; });
  add("backend", [](auto& p) { return p.backend; });
  add("placement", [](auto& p) { return p.placement; });
  add("settings", [](auto& p) { return p.settings; });
  add("load", [](auto& p) { return p.load; });
  add("in_place", [](auto& p) { return p.in_place ? 1 : 0; });
  add("ranks", [](auto& p) { return p.ranks; });
  add("size", [](auto& p) { return p.size; });
  add("launches", [](auto& p) { return p.launches; });
  add("visits", [](auto& p) { return p.visits; });
  add("samples", [](auto& p) { return p.samples; });
  add("median", [](auto& p) { return p.median; });
  add("ci_low", [](auto& p) { return p.ci_low; });
  add("ci_high", [](auto& p) { return p.ci_high; });
  add("confidence", [](auto& p) { return p.confidence; });
  add("p90", [](auto& p) { return p.p90; });
  add("p99", [](auto& p) { return p.p99; });
  add("busbw", [](auto& p) { return p.busbw; });
  add("algbw", [](auto& p) { return p.algbw; });
  add("wire_rate", [](auto& p) { return p.wire_rate; });
  add("wire_rate_is_bound", [](auto& p) { return p.wire_rate_is_bound ? 1 : 0; });
  add("wire_limit", [](auto& p) { return p.wire_limit; });
  add("wrong", [](auto& p) { return p.wrong; });
  add("converged", [](auto& p) { return p.converged ? 1 : 0; });
  add("reason", [](auto& p) { return p.reason; });
  add("least_time", least);
  return table;
}

json pair_table(const std::vector<PairSummary>& pairs) {
  constexpr std::size_t shown = 200;  // dots a pair in the chart of excess
  const auto thinned = [](const PairSummary& pair) {
    const std::size_t step = (pair.measured.size() + shown - 1) / shown;
    std::vector<double> values;
    for (std::size_t i = 0; i < pair.measured.size(); i += std::max<std::size_t>(step, 1))
      values.push_back(pair.measured[i]);
    return numbers(values);
  };
  return {{"wan", column(pairs, [](auto& p) { return p.wan; })},
          {"site_a", column(pairs, [](auto& p) { return p.site_a; })},
          {"site_b", column(pairs, [](auto& p) { return p.site_b; })},
          {"configured", column(pairs, [](auto& p) { return p.configured; })},
          {"low", column(pairs, [](auto& p) { return p.low; })},
          {"median", column(pairs, [](auto& p) { return p.median; })},
          {"high", column(pairs, [](auto& p) { return p.high; })},
          {"visits", column(pairs, [](auto& p) { return p.measured.size(); })},
          {"measured", column(pairs, thinned)}};
}

json link_table(const std::vector<LinkSummary>& links) {
  return {{"wan", column(links, [](auto& l) { return l.wan; })},
          {"link", column(links, [](auto& l) { return l.link; })},
          {"from", column(links, [](auto& l) { return l.from; })},
          {"to", column(links, [](auto& l) { return l.to; })},
          {"member", column(links, [](auto& l) { return l.member; })},
          {"visits", column(links, [](auto& l) { return l.visits; })},
          {"visits_with_drops", column(links, [](auto& l) { return l.visits_with_drops; })},
          {"bytes", column(links, [](auto& l) { return l.bytes; })},
          {"packets", column(links, [](auto& l) { return l.packets; })},
          {"drops", column(links, [](auto& l) { return l.drops; })},
          {"queue_max", column(links, [](auto& l) { return l.queue_max; })},
          {"rate", column(links, [](auto& l) { return l.rate; })}};
}

/// Pairs of hosts, a square a point of a pattern: times row by row, null where two did not meet.
json matrices(const Results& results) {
  json out = json::array();
  for (const auto& matrix : pair_matrices(results)) {
    std::vector<double> times;
    for (std::size_t a = 0; a < matrix.size(); ++a)
      for (std::size_t b = 0; b < matrix.size(); ++b) times.push_back(a == b ? unknown_value : matrix.time(a, b));
    out.push_back({{"settings", matrix.point.settings},
                   {"wan", matrix.point.wan},
                   {"size", matrix.point.moved},
                   {"hosts", matrix.hosts},
                   {"sites", matrix.sites},
                   {"times", numbers(times)}});
  }
  return out;
}

/// Sites with their hosts and ranks, and the pairs between them under the setting nearest to home.
json fabric(const Results& results, const std::vector<WanSummary>& settings) {
  std::vector<std::string> names;
  std::map<std::string, std::map<std::string, int>> hosts;  // site → host → ranks
  const int launch = results.ranks.empty() ? 0 : results.ranks.front().launch;
  for (const auto& rank : results.ranks) {
    if (rank.launch != launch) continue;
    if (!hosts.contains(rank.site)) names.push_back(rank.site);
    ++hosts[rank.site][rank.host];
  }
  json sites = json::array(), pairs = json::array();
  for (const auto& name : names) {
    json list = json::array();
    for (const auto& [host, ranks] : hosts[name]) list.push_back({host, ranks});
    sites.push_back({{"name", name}, {"hosts", list}});
  }
  const auto native = [](const WanSummary& setting) { return setting.id == "native"; };
  auto home = std::find_if(settings.begin(), settings.end(), native);
  if (home == settings.end()) home = settings.begin();
  for (const auto& row : results.wan) {
    if (home == settings.end() || row.wan != home->id || !hosts.contains(row.site_a) || !hosts.contains(row.site_b))
      continue;
    const json pair = {{"a", row.site_a},
                       {"b", row.site_b},
                       {"rtt", number(row.rtt)},
                       {"rate", number(row.rate)},
                       {"unscaled_rate", number(row.unscaled_rate)}};
    if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) pairs.push_back(pair);  // a row a launch
  }
  return {{"sites", sites}, {"pairs", pairs}, {"wan", home == settings.end() ? json() : json(home->label)}};
}

/// [label, [[value, launches], …], is long text]: distinct values of each field with the launches they hold for.
json provenance(const Results& results) {
  json rows = json::array();
  const auto add = [&](const char* label, bool is_text, auto get) {
    std::vector<std::pair<std::string, std::vector<int>>> values;
    for (const auto& launch : results.launches) {
      const std::string value = get(launch);
      auto known = std::find_if(values.begin(), values.end(), [&](auto& entry) { return entry.first == value; });
      if (known == values.end()) known = values.insert(values.end(), {value, {}});
      known->second.push_back(launch.launch);
    }
    std::erase_if(values, [](auto& entry) { return entry.first.empty(); });
    if (!values.empty()) rows.push_back({label, values, is_text ? 1 : 0});
  };
  const auto host_names = [&](const LaunchRow& launch) {
    std::string text;
    for (const auto& rank : results.ranks)
      if (rank.launch == launch.launch && rank.local_rank == 0)
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", rank.host, rank.site);
    return text;
  };
  const auto clocks = [&](const LaunchRow& launch) {
    double uncertainty = -1;
    for (const auto& rank : results.ranks)
      if (rank.launch == launch.launch) uncertainty = std::max(uncertainty, rank.clock_uncertainty);
    return uncertainty < 0 ? std::string() : fmt::format("± {:.3g} µs at worst", uncertainty * 1e6);
  };
  add("Command", false, [](auto& l) { return l.command; });
  add("Started", false, [](auto& l) { return l.started; });
  add("Seed", false, [](auto& l) { return std::to_string(l.seed); });
  add("Topology", false, [](auto& l) { return l.topology; });
  add("WAN engine", false, [](auto& l) { return l.wan_engine; });
  add("Scale of rates", false, [](auto& l) { return rate_scale(l); });
  add("Congestion control", false, [](auto& l) { return l.congestion_control; });
  add("Lab's gateway", false, [](auto& l) { return l.gateway; });
  add("Ranks", false,
      [](auto& l) { return fmt::format("{} in {} site{}", l.ranks, l.sites, l.sites == 1 ? "" : "s"); });
  add("Hosts", false, host_names);
  add("Clock uncertainty", false, clocks);
  add("Library", false, [](auto& l) { return l.library; });
  add("Backend", false, [](auto& l) { return l.backend; });
  add("Device", false, [](auto& l) { return l.device; });
  add("Longhaul", false, [](auto& l) { return l.version; });
  add("Processor", false, [](auto& l) { return fmt::format("{}, {} cores", l.cpu, l.cores); });
  add("Kernel", false, [](auto& l) { return l.kernel; });
  add("Marks", false, [](auto& l) { return l.flags; });
  add("Environment", true, [](auto& l) { return l.environment; });
  add("Plan", true, [](auto& l) { return l.plan_text; });
  add("Topology file", true, [](auto& l) { return l.topology_text; });
  return rows;
}

/// For each point a list of visits, each [launch, round, flags, [samples in µs]]; samples thinned evenly to the limit.
json sample_table(const Results& results, std::size_t limit) {
  std::unordered_map<int, std::size_t> places;
  std::vector<std::size_t> totals(results.points.size());
  for (std::size_t i = 0; i < results.points.size(); ++i) places.emplace(results.points[i].point, i);
  const auto held = [&](const VisitRow& visit) {  // how many samples of it the table really holds
    const auto first = static_cast<std::size_t>(std::max<std::int64_t>(visit.first_sample, 0));
    const auto count = static_cast<std::size_t>(std::max<std::int64_t>(visit.sample_count, 0));
    return first >= results.samples.size() ? 0 : std::min(count, results.samples.size() - first);
  };
  for (const auto& visit : results.visits)
    if (const auto place = places.find(visit.point); place != places.end()) totals[place->second] += held(visit);
  constexpr std::size_t point_limit = 300;
  const std::size_t share =
      std::min(point_limit, std::max<std::size_t>(limit / std::max<std::size_t>(totals.size(), 1), 1));
  std::vector<json> visits(results.points.size(), json::array());
  for (const auto& visit : results.visits) {
    const auto place = places.find(visit.point);
    if (place == places.end()) continue;
    const std::size_t step = std::max<std::size_t>((totals[place->second] + share - 1) / share, 1);
    std::vector<double> microseconds;
    const auto first = static_cast<std::size_t>(std::max<std::int64_t>(visit.first_sample, 0));
    for (std::size_t i = 0; i < held(visit); i += step)
      if (results.samples[first + i].flags == 0) microseconds.push_back(1e6 * results.samples[first + i].duration);
    visits[place->second].push_back({visit.launch, visit.round, visit.flags, numbers(microseconds, 4)});
  }
  return visits;
}

json file_data(const ReportFile& file, std::size_t sample_limit) {
  const auto settings = wan_settings(file.results);
  return {{"name", file.name},
          {"wan", wan_table(settings)},
          {"points", point_table(file.results, settings)},
          {"marks", marks_table(point_marks(file.results))},
          {"pairs", pair_table(pair_summaries(file.results))},
          {"links", link_table(link_summaries(file.results))},
          {"matrices", matrices(file.results)},
          {"fabric", fabric(file.results, settings)},
          {"soaks", soak_data(file.results)},
          {"provenance", provenance(file.results)},
          {"samples", sample_table(file.results, sample_limit)}};
}

}  // namespace

std::string report_data(const std::vector<ReportFile>& files, std::size_t sample_limit) {
  json data = json::array();
  for (const auto& file : files) data.push_back(file_data(file, sample_limit));
  const auto text = data.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string safe;  // '<' occurs in JSON within strings only, where \u003c means the same
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

}  // namespace longhaul
