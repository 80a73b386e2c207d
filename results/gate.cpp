#include "results/gate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <set>
#include <sstream>

#include "results/distributions.hpp"
#include "results/gate_evidence.hpp"
#include "results/holm.hpp"
#include "results/point_names.hpp"
#include "results/rate_scale.hpp"
#include "results/soak.hpp"
#include "topologies/text.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

/// A finding and what it was made from; the second pass corrects for the number of them.
struct Judged {
  Evidence evidence;
  std::size_t rule = 0, finding = 0;
};

/// On the scale on which more is worse.
double centre(const Evidence& evidence) { return evidence.estimate.mean - evidence.threshold; }

bool is_past(const Evidence& evidence) { return evidence.more_is_worse ? centre(evidence) > 0 : centre(evidence) < 0; }

/// A lower bound that falls short of a floor, or is below a ceiling, says nothing however often it is measured.
bool stays_open(const Evidence& evidence) { return evidence.is_bound && is_past(evidence) == evidence.more_is_worse; }

/// Of so many units measured, those that estimate() keeps.
int kept_of(int measured) { return measured - 2 * (measured / 8); }

/// The estimate if the run had been measured until it keeps so many units; the baseline stays as it is.
Estimate grown(const Evidence& evidence, int units) {
  auto run = evidence.run;
  run.variance *= static_cast<double>(run.units) / units;
  run.freedom = std::max(run.freedom, units - 1.0);
  run.units = units;
  return evidence.baseline.units > 0 ? difference(evidence.baseline, run) : run;
}

/// Units that would settle it at the present scatter and centre, less those there are.
/// @param alpha  of the next look: this one is over
int units_to_settle(const Evidence& evidence, double alpha) {
  if (evidence.baseline.units == 1 || stays_open(evidence)) return -1;
  const auto& run = evidence.run;
  if (run.units < 2) return 2 - run.units;
  const double distance = std::abs(centre(evidence));
  const auto is_open = [&](int units) {
    const auto then = grown(evidence, units);
    return !(student_two_sided(alpha, then.freedom) * std::sqrt(then.variance) < distance);
  };
  int measured = run.units;
  while (kept_of(measured) < run.units) ++measured;
  const auto more = std::views::iota(1, most_more_units + 1);
  const auto found = std::ranges::partition_point(more, [&](int n) { return is_open(kept_of(measured + n)); });
  return found == more.end() ? -1 : *found;
}

PointFinding make_finding(const PointRow& point, std::string name, const Bound& bound, const Evidence& evidence,
                          double alpha) {
  PointFinding finding;
  finding.point = point;
  finding.name = std::move(name);
  finding.bound = bound;
  finding.note = evidence.missing;
  if (!finding.note.empty()) return finding;
  finding.units = evidence.run.units;
  if (finding.units == 0) {
    finding.note = "not measured";
    finding.more_units = 2;
    return finding;
  }
  finding.value = evidence.in_units(evidence.estimate.mean);
  finding.excess = std::expm1(evidence.more_is_worse ? centre(evidence) : -centre(evidence));
  if (const auto interval = interval_of(evidence.estimate, 1 - alpha)) {
    const double a = evidence.in_units(interval->low), b = evidence.in_units(interval->high);
    finding.low = std::min(a, b);
    finding.high = std::max(a, b);
  } else {
    finding.note = finding.units > 1 ? "one value in the baseline, no repetition" : "one value, no repetition";
  }
  if (stays_open(evidence)) finding.note = "only a lower bound of it is known";
  return finding;
}

/// p of the bound holding exactly, where the estimate is past it; 1 on the good side.
double p_of_failing(const Evidence& evidence) {
  if (!evidence.missing.empty() || (evidence.is_bound && evidence.more_is_worse)) return 1;
  return is_past(evidence) ? two_sided_p(evidence.estimate, evidence.threshold) : 1;
}

bool passes(const Evidence& evidence, double alpha) {
  const auto interval = interval_of(evidence.estimate, 1 - alpha);
  if (!evidence.missing.empty() || !interval || (evidence.is_bound && !evidence.more_is_worse)) return false;
  return evidence.more_is_worse ? interval->high <= evidence.threshold : interval->low >= evidence.threshold;
}

void blame(RuleFinding& rule, GateVerdict verdict, std::string reason) {
  rule.verdict = std::max(rule.verdict, verdict);
  rule.reasons.push_back(std::move(reason));
}

std::string variable(const LaunchRow& launch, const std::string& name) {
  std::istringstream lines(launch.environment);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
  return {};
}

void check_provenance(RuleFinding& rule, const Results& results) {
  const auto expect = [&](const std::string& name, const std::string& pattern, auto get) {
    std::vector<std::string> told;
    for (const auto& launch : results.launches) {
      const std::string value = get(launch);
      if (matches_pattern(pattern, value) || std::ranges::count(told, value) > 0) continue;
      told.push_back(value);
      blame(rule, GateVerdict::fail, fmt::format("{} is '{}', required '{}'", name, value, pattern));
    }
  };
  for (const auto& [name, pattern] : rule.rule.provenance)
    expect(name, pattern, [&](const LaunchRow& launch) { return provenance_value(launch, name); });
  for (const auto& [name, pattern] : rule.rule.environment)
    expect(name, pattern, [&](const LaunchRow& launch) { return variable(launch, name); });
  const bool asks = !rule.rule.provenance.empty() || !rule.rule.environment.empty();
  if (asks && results.launches.empty()) blame(rule, GateVerdict::fail, "the file holds no launch");
}

/// What no bound can make good: wrong data, or a measurement that broke off.
void check_point(RuleFinding& rule, const PointRow& point) {
  if (point.wrong > 0)
    blame(rule, GateVerdict::fail,
          fmt::format("{}: {} wrong", point.key, counted(std::size_t(point.wrong), "element")));
  else if (rule.rule.correct_data && point.wrong < 0)
    blame(rule, GateVerdict::inconclusive, fmt::format("{}: data was not checked", point.key));
  if (point.reason.starts_with("failed"))
    blame(rule, GateVerdict::fail, fmt::format("{}: {}", point.key, point.reason));
}

/// A word that visits of some of a rule's points used, and at how many of them.
struct Used {
  std::size_t points = 0;
  std::string first;  ///< key
};

/// A figure belongs to the transport it was agreed for: what went another way fails, what does not say is not known.
void check_used(RuleFinding& rule, const char* what, const std::vector<std::string>& patterns,
                const std::map<std::string, Used>& words) {
  if (patterns.empty()) return;
  const auto wanted = fmt::format("required {}", fmt::join(patterns, " or "));
  for (const auto& [word, used] : words) {
    if (std::ranges::any_of(patterns, [&](const auto& pattern) { return matches_pattern(pattern, word); })) continue;
    const auto where =
        fmt::format("at {}, {}{}", counted(used.points, "point"), used.points > 1 ? "such as " : "", used.first);
    if (word == "unknown")
      blame(rule, GateVerdict::inconclusive, fmt::format("{} is not known {}; {}", what, where, wanted));
    else
      blame(rule, GateVerdict::fail, fmt::format("{} is '{}' {}; {}", what, word, where, wanted));
  }
}

void add_used(std::map<std::string, Used>& words, const std::set<std::string>& used, const std::string& key) {
  for (const auto& word : used)
    if (words[word].points++ == 0) words[word].first = key;
}

/// No mean of the others makes up for an event after which the rate never came back.
void check_events(RuleFinding& rule, const Results& results, const PointRow& point) {
  if (std::ranges::none_of(rule.rule.bounds, is_of_events, &Bound::quantity)) return;
  for (const auto& event : disturbances(results, point.point)) {
    const auto what =
        fmt::format("{}: {} at {}", point.key, event_text(event), format_duration(from_seconds(event.at)));
    if (event.failed > 0)
      blame(rule, GateVerdict::fail,
            fmt::format("{}: {} lost or wrong", what, counted(std::size_t(event.failed), "collective")));
    else if (std::isnan(event.recovery))
      blame(rule, GateVerdict::fail, what + ": 90 % of the rate before it did not return before the next event");
  }
}

bool needs_points(const Rule& rule) {
  return !rule.bounds.empty() || rule.correct_data || !rule.transports.empty() || !rule.nics.empty() ||
         !rule.filter.empty();
}

/// A run as its rules see it.
struct Seen {
  const Results& results;
  EvidenceOfRun evidence;
  std::vector<Circumstances> circumstances;
  PointNames names;
};

RuleFinding find(const Rule& rule, const Seen& run, double alpha, std::vector<Judged>& judged, std::size_t number) {
  RuleFinding found{rule, GateVerdict::pass, 0, {}, {}};
  check_provenance(found, run.results);
  std::map<std::string, Used> transports, nics;
  for (std::size_t i = 0; i < run.results.points.size(); ++i) {
    const auto& point = run.results.points[i];
    if (!rule.filter.fits(point, run.circumstances[i])) continue;
    ++found.points;
    check_point(found, point);
    check_events(found, run.results, point);
    add_used(transports, run.circumstances[i].transports, point.key);
    add_used(nics, run.circumstances[i].nics, point.key);
    for (const auto& bound : rule.bounds) {
      judged.push_back({run.evidence.of(i, bound), number, found.findings.size()});
      found.findings.push_back(make_finding(point, run.names.of(point), bound, judged.back().evidence, alpha));
    }
  }
  check_used(found, "transport", rule.transports, transports);
  check_used(found, "nic", rule.nics, nics);
  if (found.points == 0 && needs_points(rule)) blame(found, GateVerdict::fail, "matches no point of the run");
  return found;
}

}  // namespace

std::string name_of(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::pass: return "pass";
    case GateVerdict::inconclusive: return "inconclusive";
    case GateVerdict::fail: return "fail";
  }
  return {};
}

ExitCode exit_code_of(GateVerdict verdict) {
  if (verdict == GateVerdict::fail) return ExitCode::failed;
  return verdict == GateVerdict::inconclusive ? ExitCode::inconclusive : ExitCode::done;
}

const PointFinding* RuleFinding::worst() const {
  const auto needed = [](const PointFinding& finding) {
    if (finding.verdict != GateVerdict::inconclusive) return 0;
    return finding.more_units < 0 ? most_more_units + 1 : finding.more_units;
  };
  const auto worse = [&](const PointFinding& a, const PointFinding& b) {
    if (a.verdict != b.verdict) return a.verdict < b.verdict;
    if (needed(a) != needed(b)) return needed(a) < needed(b);
    return a.excess < b.excess;
  };
  const auto found = std::ranges::max_element(findings, worse);
  return found == findings.end() ? nullptr : &*found;
}

namespace {

/// By point, whether a rule sets a bound to it: these alone say what the scatter is between.
std::vector<bool> bounded_points(const Acceptance& spec, const Results& results,
                                 const std::vector<Circumstances>& circumstances) {
  std::vector<bool> bounded(results.points.size());
  for (std::size_t i = 0; i < bounded.size(); ++i)
    bounded[i] = std::ranges::any_of(spec.rules, [&](const Rule& rule) {
      return !rule.bounds.empty() && rule.filter.fits(results.points[i], circumstances[i]);
    });
  return bounded;
}

/// All looks together spend 1 − confidence, as 1/(k(k + 1)) sums up to 1.
double alpha_of_look(const Acceptance& spec, int look) { return (1 - spec.confidence) / (look * (look + 1.0)); }

}  // namespace

GateReport gate(const Acceptance& spec, const GateInput& input) {
  auto circumstances = circumstances_of(*input.results);
  const auto bounded = bounded_points(spec, *input.results, circumstances);
  const Seen run{*input.results,
                 {*input.results, input.baseline, bounded},
                 std::move(circumstances),
                 PointNames(input.results->points)};
  const double alpha = alpha_of_look(spec, input.look), next_alpha = alpha_of_look(spec, input.look + 1);
  GateReport report{spec.title,           input.name, GateVerdict::pass,         spec.confidence, 1 - alpha, input.look,
                    run.evidence.level(), {},         rate_scale(*input.results)};
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < spec.rules.size(); ++i)
    report.rules.push_back(find(spec.rules[i], run, alpha, judged, i));
  std::vector<double> p;
  for (const auto& one : judged) p.push_back(p_of_failing(one.evidence));
  const auto tests = holm(p, alpha);
  for (std::size_t i = 0; i < judged.size(); ++i) {
    auto& rule = report.rules[judged[i].rule];
    auto& finding = rule.findings[judged[i].finding];
    if (tests[i].rejected)
      finding.verdict = GateVerdict::fail;
    else if (passes(judged[i].evidence, alpha))
      finding.verdict = GateVerdict::pass;
    else if (finding.units > 0)  // failing asks for the correction, passing does not
      finding.more_units =
          units_to_settle(judged[i].evidence,
                          is_past(judged[i].evidence) ? next_alpha / static_cast<double>(judged.size()) : next_alpha);
    rule.verdict = std::max(rule.verdict, finding.verdict);
  }
  for (const auto& rule : report.rules) report.verdict = std::max(report.verdict, rule.verdict);
  return report;
}

std::vector<std::string> kinds_of(const Results& results) {
  bool doubles = false, scaled = false, plugin = false, flagged = false;
  for (const auto& launch : results.launches) {
    scaled = scaled || launch.scale > 1 || launch.wan_engine == "lab";
    plugin = plugin || launch.wan_engine == "plugin" || launch.library.starts_with("plugin TCP");
    for (const auto& flag : split(launch.flags, ',')) {
      doubles = doubles || flag == "doubles";
      flagged = flagged || (!flag.empty() && flag != "doubles");
    }
  }
  for (const auto& visit : results.visits) flagged = flagged || visit.flags != 0;
  std::vector<std::string> kinds;
  if (doubles) kinds.emplace_back("doubles");
  if (scaled) kinds.emplace_back("scaled");
  if (plugin) kinds.emplace_back("plugin");
  if (flagged) kinds.emplace_back("flagged");
  return kinds;
}

void expect_kinds_accepted(const std::vector<std::string>& kinds, const std::string& name, const Acceptance& spec,
                           const std::vector<std::string>& also) {
  static const std::vector<std::pair<std::string, const char*>> words{
      {"doubles", "made with doubles in place of real libraries"},
      {"scaled", "measured in an emulated lab, not on a real fabric"},
      {"plugin", "measured over the network plugin's own TCP or its emulated WAN, not the fabric's transport"},
      {"flagged", "made of visits that carry flags (see `longhaul report`)"}};
  for (const auto& kind : kinds) {
    if (std::ranges::count(spec.accept, kind) + std::ranges::count(also, kind) > 0) continue;
    const auto what = std::ranges::find(words, kind, &std::pair<std::string, const char*>::first)->second;
    throw UsageError("{} is {}; to judge it all the same: --accept {}, or 'accept: [{}]' in the spec", name, what, kind,
                     kind);
  }
}

void expect_acceptable(const Results& results, const std::string& name, const Acceptance& spec,
                       const std::vector<std::string>& also) {
  expect_kinds_accepted(kinds_of(results), name, spec, also);
}

}  // namespace longhaul
