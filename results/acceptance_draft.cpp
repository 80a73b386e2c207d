#include "results/acceptance_draft.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "results/curves.hpp"
#include "results/gate.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

/// Room between what was measured and the draft's bound.
constexpr double room = 0.20;
/// Points of up to this size are held to a time, larger ones to a bandwidth.
constexpr std::int64_t small_size = 4096;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  return out + "\"";
}

std::string where_of(const PointRow& series, const std::string& wan, const std::string& size) {
  auto text = fmt::format("collective: {}, algorithm: {}, type: {}, mode: {}, ranks: {}, in_place: {}, wan: {}",
                          series.operation, series.algorithm, series.type, series.mode, series.ranks,
                          series.in_place ? "true" : "false", quoted(wan));
  if (!series.placement.empty()) text += fmt::format(", placement: {}", quoted(series.placement));
  if (series.settings != "default") text += fmt::format(", settings: {}", quoted(series.settings));
  if (!series.reduce_op.empty() && series.reduce_op != "none") text += ", reduce_op: " + series.reduce_op;
  return fmt::format("{{{}, size: {}}}", text, size);
}

std::string rule(const std::string& name, const std::string& where, const std::string& require) {
  return fmt::format("  - name: {}\n    where: {}\n    require: {{{}}}\n", quoted(name), where, require);
}

std::string size_text(std::int64_t size) { return fmt::format("{} B", size); }

/// Rules of one series under one WAN setting: the slowest small point, and the largest point's bandwidth.
std::string rules_of(const Curve& curve, std::size_t wan, const std::vector<PointRow>& points) {
  const PointRow* largest = nullptr;
  double slowest = 0;
  std::int64_t up_to = 0;
  for (std::size_t size = 0; size < curve.sizes.size(); ++size) {
    const auto index = curve.at(wan, size);
    if (index < 0) continue;
    const auto& point = points[static_cast<std::size_t>(index)];
    const double high = std::isfinite(point.ci_high) ? point.ci_high : point.median;
    if (!(point.median > 0)) continue;
    if (point.size <= small_size) {
      slowest = std::max(slowest, high);
      up_to = point.size;
    }
    if (point.size > small_size) largest = &point;
  }
  const auto title = series_title(curve.series) + " at " + curve.wans[wan];
  std::string text;
  if (up_to > 0)
    text += rule("small " + title, where_of(curve.series, curve.wans[wan], ".." + size_text(up_to)),
                 fmt::format("time: {{at_most: {} us}}", format_significant(slowest * 1e6 * (1 + room), 4)));
  if (largest && largest->busbw > 0) {
    const double slow = std::isfinite(largest->ci_high) ? largest->median / largest->ci_high : 1;
    text += rule(
        "large " + title, where_of(curve.series, curve.wans[wan], size_text(largest->size)),
        fmt::format("busbw: {{at_least: {} GB/s}}", format_significant(largest->busbw * slow / 1e9 * (1 - room), 4)));
  }
  return text;
}

std::string provenance_rule(const Results& results) {
  std::string text;
  for (const char* name : {"backend", "library", "topology"}) {
    std::set<std::string> values;
    for (const auto& launch : results.launches) values.insert(provenance_value(launch, name));
    if (values.size() == 1 && !values.begin()->empty())
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, quoted(*values.begin()));
  }
  if (text.empty()) return {};
  return fmt::format("  - name: measured with what was bought\n    require:\n      provenance: {{{}}}\n", text);
}

/// Patterns check no data: a rule that asks for it could never pass.
std::string data_rule(const Results& results) {
  if (std::ranges::all_of(results.points, [](const PointRow& point) { return point.wrong < 0; })) return {};
  return "  - name: no wrong data\n    require: {data: correct}\n";
}

}  // namespace

std::string draft_acceptance(const Results& results, const std::string& name) {
  auto text = fmt::format(
      "# Drafted from {}: every bound is what that run did, with {:.0f} % of room. Replace them by what was agreed,\n"
      "# say where each figure comes from in 'source', and judge another run than this one by it.\n"
      "title: {}\nconfidence: 95%\n",
      name, 100 * room, quoted("Acceptance after " + name));
  if (const auto kinds = kinds_of(results); !kinds.empty())
    text += fmt::format("accept: [{}]\n", fmt::join(kinds, ", "));
  text += "rules:\n" + provenance_rule(results) + data_rule(results);
  for (const auto& curve : curves_of(results.points))
    for (std::size_t wan = 0; wan < curve.wans.size(); ++wan) text += rules_of(curve, wan, results.points);
  return text;
}

}  // namespace longhaul
