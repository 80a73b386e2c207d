#include "results/gate_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "results/report.hpp"
#include "results/report_summary.hpp"
#include "topologies/text.hpp"
#include "topologies/text_table.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::ordered_json;

std::string share_text(double share) { return format_significant(100 * share) + " %"; }

/// An end of an interval may lie beyond anything that a duration holds.
std::string time_text(double value) {
  constexpr double longest = 1e8;  // s, three years
  return value < longest ? format_duration(from_seconds(value)) : fmt::format("{:.2g} s", value);
}

std::string value_text(Quantity quantity, double value) {
  if (!std::isfinite(value)) return "unknown";
  switch (quantity) {
    case Quantity::time:
    case Quantity::recovery:
    case Quantity::stall: return time_text(value);
    case Quantity::busbw:
    case Quantity::algbw: return format_bandwidth({value});
    case Quantity::link_share:
    case Quantity::slowdown:
    case Quantity::host_spread: return share_text(value);
  }
  return {};
}

std::string required(const Bound& bound) {
  return fmt::format("{} {} {}", name_of(bound.quantity), bound.at_least ? "at least" : "at most", bound.text);
}

std::string interval_text(const PointFinding& finding) {
  if (!std::isfinite(finding.low)) return "";
  return fmt::format(" ({} to {})", value_text(finding.bound.quantity, finding.low),
                     value_text(finding.bound.quantity, finding.high));
}

/// "about 12 more visits of it would settle this".
std::string what_settles(const PointFinding& finding, Level level) {
  const auto* unit = is_of_events(finding.bound.quantity) ? "event" : level == Level::launches ? "launch" : "visit";
  if (!finding.note.empty() || finding.units < 2)
    return finding.more_units > 0 ? fmt::format("; at least {} more needed", finding.more_units) : "";
  if (finding.more_units < 0) return fmt::format("; more than {} {}s would be needed", most_more_units, unit);
  return fmt::format("; about {} more {}{} would settle it", finding.more_units, unit,
                     finding.more_units == 1 ? "" : (std::string_view(unit) == "launch" ? "es" : "s"));
}

std::size_t count(const RuleFinding& rule, GateVerdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(rule.findings, verdict, &PointFinding::verdict));
}

std::string tally(const RuleFinding& rule) {
  std::vector<std::string> parts;
  for (const auto verdict : {GateVerdict::fail, GateVerdict::inconclusive, GateVerdict::pass})
    if (const auto number = count(rule, verdict); number > 0)
      parts.push_back(fmt::format("{} {}", number, name_of(verdict)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

Json json_of(const PointFinding& finding) {
  return {{"key", finding.point.key},
          {"quantity", name_of(finding.bound.quantity)},
          {"required", required(finding.bound)},
          {"verdict", name_of(finding.verdict)},
          {"value", finding.value},
          {"low", finding.low},
          {"high", finding.high},
          {"past_bound", finding.excess},
          {"units", finding.units},
          {"more_units", finding.more_units},
          {"note", finding.note}};
}

}  // namespace

std::string basis(const GateReport& report) {
  auto text = fmt::format("confidence {} over all looks; this is look {}, judged at {}; scatter between {}",
                          share_text(report.confidence), report.look, share_text(report.spent), name_of(report.level));
  if (report.level == Level::rounds) text += ", what differs from launch to launch unseen";
  if (!report.scale.empty()) text += fmt::format("\nan emulated lab: rates {}, delays 1:1", report.scale);
  return text;
}

std::vector<std::string> details(const RuleFinding& rule, Level level) {
  std::vector<std::string> lines;
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < std::min(shown, rule.reasons.size()); ++i) lines.push_back(rule.reasons[i]);
  if (rule.reasons.size() > shown) lines.push_back(fmt::format("and {} more such", rule.reasons.size() - shown));
  const auto* worst = rule.worst();
  if (worst && worst->verdict != GateVerdict::pass)
    lines.push_back((count(rule, worst->verdict) > 1 ? "worst of them: " : "") + sentence(*worst) +
                    (worst->verdict == GateVerdict::inconclusive ? what_settles(*worst, level) : ""));
  return lines;
}

std::string sentence(const PointFinding& finding) {
  const auto what = fmt::format("{} has {} {}{}, required {} {}", finding.name, name_of(finding.bound.quantity),
                                value_text(finding.bound.quantity, finding.value), interval_text(finding),
                                finding.bound.at_least ? "at least" : "at most", finding.bound.text);
  // A bandwidth of half its floor is 50 % short, though the floor is 100 % above it.
  const double short_of = finding.bound.at_least ? finding.excess / (1 + finding.excess) : finding.excess;
  if (finding.verdict == GateVerdict::fail) return fmt::format("fails by {}: {}", share_text(short_of), what);
  return finding.note.empty() ? what : fmt::format("{}: {}", what, finding.note);
}

std::string gate_table(const GateReport& report) {
  using Align = TextTable::Align;
  auto text = fmt::format("{}: {}{}\n{}\n\n", name_of(report.verdict), report.run,
                          report.title.empty() ? "" : " against " + report.title, basis(report));
  TextTable table{
      {{"verdict", Align::left}, {"rule", Align::left}, {"points", Align::right}, {"of their bounds", Align::left}},
      {}};
  for (const auto& rule : report.rules)
    table.rows.push_back({name_of(rule.verdict), rule.rule.name, std::to_string(rule.points), tally(rule)});
  text += table.str();
  for (const auto& rule : report.rules) {
    if (rule.verdict == GateVerdict::pass) continue;
    text += fmt::format("\n{} ({})\n", rule.rule.name, rule.rule.where);
    for (const auto& line : details(rule, report.level)) text += "  " + line + "\n";
  }
  return text;
}

std::string gate_json(const GateReport& report) {
  Json document{{"verdict", name_of(report.verdict)}, {"title", report.title}, {"run", report.run},
                {"confidence", report.confidence},    {"look", report.look},   {"judged_at", report.spent},
                {"unit", name_of(report.level)},      {"correction", "Holm"},  {"scale", report.scale}};
  document["rules"] = Json::array();
  for (const auto& rule : report.rules) {
    Json findings = Json::array();
    for (const auto& finding : rule.findings) findings.push_back(json_of(finding));
    document["rules"].push_back({{"name", rule.rule.name},
                                 {"source", rule.rule.source},
                                 {"where", rule.rule.where},
                                 {"verdict", name_of(rule.verdict)},
                                 {"points", rule.points},
                                 {"reasons", rule.reasons},
                                 {"findings", findings}});
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string gate_junit(const GateReport& report) {
  const auto failures =
      std::ranges::count_if(report.rules, [](const RuleFinding& rule) { return rule.verdict != GateVerdict::pass; });
  auto text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n",
      escape_html(report.title.empty() ? "longhaul gate" : report.title), report.rules.size(), failures);
  if (!report.scale.empty())
    text += fmt::format("  <properties><property name=\"scale\" value=\"{}\"/></properties>\n", report.scale);
  for (const auto& rule : report.rules) {
    text += fmt::format("  <testcase classname=\"{}\" name=\"{}\"", escape_html(one_line(report.run)),
                        escape_html(one_line(rule.rule.name)));
    if (rule.verdict == GateVerdict::pass) {
      text += "/>\n";
      continue;
    }
    const auto lines = fmt::format("{}", fmt::join(details(rule, report.level), "\n"));
    text += fmt::format(">\n    <failure type=\"{}\" message=\"{}\">{}</failure>\n  </testcase>\n",
                        name_of(rule.verdict), escape_html(one_line(lines)), escape_html(lines));
  }
  return text + "</testsuite>\n";
}

}  // namespace longhaul
