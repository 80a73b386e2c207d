#include "results/report_verdicts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/comparison_output.hpp"
#include "results/gate_output.hpp"
#include "results/report_summary.hpp"
#include "topologies/error.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

std::string row_html(const std::vector<std::string>& cells, const char* tag) {
  std::string html = "<tr>";
  for (const auto& cell : cells) html += fmt::format("<{}>{}</{}>", tag, escape_html(cell), tag);
  return html + "</tr>\n";
}

std::string list_html(const std::vector<std::string>& lines) {
  std::string html = "<ul class=\"findings answer\">\n";
  for (const auto& line : lines) html += fmt::format("<li>{}</li>\n", escape_html(line));
  return html + "</ul>\n";
}

std::string time_or_dash(double value) { return value > 0 ? format_duration(from_seconds(value)) : "–"; }

std::string pair_html(const Comparison& comparison, const PairComparison& pair) {
  auto html = fmt::format("<h2>{} against {}</h2>\n", escape_html(pair.name), escape_html(comparison.base));
  std::vector<std::string> lines;
  for (const auto& row : pair.provenance)
    lines.push_back(fmt::format("{} {}: {} / {}", row.what, row.what == "hosts" ? "differ" : "differs", row.a, row.b));
  for (auto& line : comparison_summary(comparison, pair)) lines.push_back(std::move(line));
  html += list_html(lines);
  html += fmt::format(
      "<details class=\"values\"><summary>{} points compared, as a table</summary>\n<div class=\"scroll\" "
      "tabindex=\"0\" role=\"region\" aria-label=\"Points compared\"><table>\n",
      pair.points.size());
  html += row_html({"collective", "algorithm", "WAN", "size", "base", "other", "ratio", "interval", "verdict", "notes"},
                   "th");
  for (const auto& point : pair.points)
    html += row_html({point.base.operation, point.base.algorithm, wan_label(point.base.wan),
                      format_bytes({static_cast<std::uint64_t>(std::max<std::int64_t>(point.base.size, 0))}),
                      time_or_dash(point.base.median), time_or_dash(point.other.median),
                      std::isfinite(point.ratio) ? fmt::format("{:.3f}", point.ratio) : "–",
                      std::isfinite(point.low) ? fmt::format("{:.3f} – {:.3f}", point.low, point.high) : "–",
                      name_of(point.verdict), point.note},
                     "td");
  return html + "</table></div></details>\n";
}

std::string comparison_html(const std::vector<ReportFile>& files) {
  std::string html;
  for (std::size_t i = 1; i < files.size(); ++i) try {
      const auto comparison = compare({{files[0].name, &files[0].results}, {files[i].name, &files[i].results}}, {});
      html += pair_html(comparison, comparison.pairs.front());
    } catch (const UsageError& error) {
      html += list_html({error.what()});  // nothing in common: said, and the charts still stand
    }
  return html;
}

std::string gate_html(const ReportFile& file, const Acceptance& spec) {
  const auto report = gate(spec, {file.name, &file.results, nullptr, 1});
  auto html = fmt::format("<h2>{}: {}{}</h2>\n<div class=\"scroll\"><table>\n", escape_html(file.name),
                          name_of(report.verdict), spec.title.empty() ? "" : " against " + escape_html(spec.title));
  html += row_html({"verdict", "rule", "points", "decided by"}, "th");
  for (const auto& rule : report.rules) {
    const auto* worst = rule.worst();
    const auto why = !rule.reasons.empty() ? rule.reasons.front() : worst ? sentence(*worst) : "";
    html += row_html({name_of(rule.verdict), rule.rule.name, std::to_string(rule.points), why}, "td");
  }
  return html + "</table></div>\n";
}

}  // namespace

std::string verdicts_html(const std::vector<ReportFile>& files, const Acceptance* spec) {
  std::string html;
  if (spec)
    for (const auto& file : files) html += gate_html(file, *spec);
  html += comparison_html(files);
  return html.empty()
             ? ""
             : "<section class=\"verdicts\" aria-label=\"Verdicts\">\n<h1>Verdicts</h1>\n" + html + "</section>\n";
}

}  // namespace longhaul
