#include "results/report_verdicts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "results/comparison_output.hpp"
#include "results/gate_output.hpp"
#include "results/host_group.hpp"
#include "results/report_summary.hpp"
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
  html += row_html({"collective", "algorithm", "WAN", "size", "further axes that vary", "base", "other", "ratio",
                    "interval", "verdict", "notes"},
                   "th");
  const auto names = names_of_pair(pair);
  for (const auto& point : pair.points)
    html += row_html({point.base.operation, point.base.algorithm, wan_label(point.base.wan),
                      format_bytes({static_cast<std::uint64_t>(std::max<std::int64_t>(point.base.size, 0))}),
                      names.rest(point.base), time_or_dash(point.base_time), time_or_dash(point.other_time),
                      std::isfinite(point.ratio) ? fmt::format("{:.3f}", point.ratio) : "–",
                      std::isfinite(point.low) ? fmt::format("{:.3f} – {:.3f}", point.low, point.high) : "–",
                      name_of(point.verdict), point.note},
                     "td");
  return html + "</table></div></details>\n";
}

/// All files at once, so that the correction counts the points of all.
std::string comparison_html(const std::vector<ReportFile>& files, const ComparisonOptions& options) {
  std::vector<ComparedFile> compared{{files.front().name, &files.front().results}};
  std::vector<std::string> apart;
  for (std::size_t i = 1; i < files.size(); ++i) {
    const ComparedFile file{files[i].name, &files[i].results};
    if (auto why = what_keeps_apart(compared.front(), file); !why.empty())
      apart.push_back(std::move(why));  // said, and the charts still stand
    else
      compared.push_back(file);
  }
  std::string html;
  if (compared.size() > 1) {
    const auto comparison = compare(compared, options);
    for (const auto& pair : comparison.pairs) html += pair_html(comparison, pair);
  }
  return apart.empty() ? html : html + list_html(apart);
}

std::string gate_html(const ReportFile& file, const ReportRules& rules, int look) {
  const auto report = gate(*rules.spec, {file.name, &file.results, rules.baseline, look});
  auto html = fmt::format("<h2>{}: {}{}</h2>\n<p>{}</p>\n<div class=\"scroll\"><table>\n", escape_html(file.name),
                          name_of(report.verdict), report.title.empty() ? "" : " against " + escape_html(report.title),
                          escape_html(basis(report)));
  html += row_html({"verdict", "rule", "points", "decided by"}, "th");
  for (const auto& rule : report.rules) {
    const auto* worst = rule.worst();
    const auto why = rule.verdict != GateVerdict::pass ? fmt::format("{}", fmt::join(details(rule, report.level), "; "))
                     : worst                           ? sentence(*worst)
                                                       : "";
    html += row_html({name_of(rule.verdict), rule.rule.name, std::to_string(rule.points), why}, "td");
  }
  return html + "</table></div>\n";
}

std::string groups_html(const std::vector<ReportFile>& files, BytesPerSecond floor) {
  std::string html;
  for (const auto& file : files)
    html += fmt::format("<h2>{}: hosts that reach {} GB/s</h2>\n", escape_html(file.name),
                        format_significant(floor.value / 1e9)) +
            list_html(groups_text(file.results, floor));
  return html;
}

}  // namespace

std::string verdicts_html(const std::vector<ReportFile>& files, const ReportRules& rules) {
  std::string html;
  if (rules.spec)
    for (std::size_t i = 0; i < files.size(); ++i)
      html += gate_html(files[i], rules, i < rules.looks.size() ? rules.looks[i] : 1);
  if (rules.floor) html += groups_html(files, *rules.floor);
  html += comparison_html(files, rules.comparison);
  return html.empty()
             ? ""
             : "<section class=\"verdicts\" aria-label=\"Verdicts\">\n<h1>Verdicts</h1>\n" + html + "</section>\n";
}

}  // namespace longhaul
