#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/comparison_output.hpp"
#include "results/curves.hpp"
#include "results/markdown.hpp"
#include "results/report_summary.hpp"
#include "topologies/text_table.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr const char* kUnknown = "–";
constexpr std::size_t shown_only_in = 12;

struct Section {
  std::string title;
  TextTable table;
};

std::string ratio_text(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : kUnknown; }
std::string microseconds(double value) { return value > 0 ? format_significant(value * 1e6, 4) : kUnknown; }

TextTable provenance_table(const Comparison& comparison, const PairComparison& pair) {
  using Align = TextTable::Align;
  TextTable table{{{"what differs", Align::left}, {comparison.base, Align::left}, {pair.name, Align::left}}, {}};
  for (const auto& row : pair.provenance) table.rows.push_back({row.what, row.a, row.b});
  return table;
}

std::vector<std::string> cells(const ComparedPoint& point) {
  const auto interval =
      std::isfinite(point.low) ? fmt::format("{} – {}", ratio_text(point.low), ratio_text(point.high)) : kUnknown;
  return {point.base.wan,
          format_bytes({static_cast<std::uint64_t>(std::max<std::int64_t>(point.base.size, 0))}),
          microseconds(point.base_time),
          microseconds(point.other_time),
          ratio_text(point.ratio),
          interval,
          name_of(point.verdict),
          point.note};
}

bool decided(const ComparedPoint& point) {
  return point.verdict == ComparisonVerdict::slower || point.verdict == ComparisonVerdict::faster;
}

/// A table a series, in order of their first points.
std::vector<Section> point_sections(const PairComparison& pair, bool all) {
  using Align = TextTable::Align;
  std::vector<Section> sections;
  for (const auto& point : pair.points) {
    if (!all && !decided(point)) continue;
    const auto title = series_title(point.base);
    auto section = std::ranges::find(sections, title, &Section::title);
    if (section == sections.end())
      section = sections.insert(sections.end(), {title,
                                                 {{{"WAN RTT", Align::left},
                                                   {"size", Align::right},
                                                   {"base µs", Align::right},
                                                   {"other µs", Align::right},
                                                   {"ratio", Align::right},
                                                   {"interval", Align::left},
                                                   {"verdict", Align::left},
                                                   {"notes", Align::left}},
                                                  {}}});
    section->table.rows.push_back(cells(point));
  }
  return sections;
}

TextTable only_in_table(const std::vector<PointRow>& points) {
  TextTable table{{{"point", TextTable::Align::left}}, {}};
  for (std::size_t i = 0; i < std::min(shown_only_in, points.size()); ++i) table.rows.push_back({points[i].key});
  if (points.size() > shown_only_in)
    table.rows.push_back({fmt::format("and {} more (--format csv has them all)", points.size() - shown_only_in)});
  return table;
}

std::vector<Section> sections_of(const Comparison& comparison, const PairComparison& pair, bool all) {
  std::vector<Section> sections = point_sections(pair, all);
  for (const auto& [name, points] :
       {std::pair{comparison.base, &pair.only_in_base}, std::pair{pair.name, &pair.only_in_other}})
    if (!points->empty()) sections.push_back({"Only in " + name, only_in_table(*points)});
  return sections;
}

}  // namespace

std::string comparison_table(const Comparison& comparison, bool all) {
  std::string text;
  for (const auto& pair : comparison.pairs) {
    if (!text.empty()) text += "\n";
    if (!pair.provenance.empty()) text += provenance_table(comparison, pair).str() + "\n";
    for (const auto& line : comparison_summary(comparison, pair)) text += line + "\n";
    for (const auto& section : sections_of(comparison, pair, all))
      text += "\n" + section.title + "\n" + section.table.str();
    if (!all && count(pair, ComparisonVerdict::same) + count(pair, ComparisonVerdict::ambiguous) > 0)
      text += "\nPoints that are the same or ambiguous are left out; --all shows them.\n";
  }
  return text;
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string text;
  for (const auto& pair : comparison.pairs) {
    if (!text.empty()) text += "\n";
    if (!pair.provenance.empty()) text += markdown_table(provenance_table(comparison, pair)) + "\n";
    for (const auto& line : comparison_summary(comparison, pair)) text += "- " + line + "\n";
    for (const auto& section : sections_of(comparison, pair, true))
      text += "\n### " + section.title + "\n\n" + markdown_table(section.table);
  }
  return text;
}

}  // namespace longhaul
