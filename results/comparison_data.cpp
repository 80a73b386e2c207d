#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "results/comparison_output.hpp"
#include "results/csv.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::ordered_json;

std::string field(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

Json json_of(const ComparedPoint& point) {
  return {{"key", point.base.key},
          {"base_median", point.base.median},
          {"other_median", point.other.median},
          {"base_time", point.base_time},
          {"other_time", point.other_time},
          {"ratio", point.ratio},
          {"low", point.low},
          {"high", point.high},
          {"p_adjusted", point.test.adjusted},
          {"verdict", name_of(point.verdict)},
          {"note", point.note}};
}

Json keys_of(const std::vector<PointRow>& points) {
  Json keys = Json::array();
  for (const auto& point : points) keys.push_back(point.key);
  return keys;
}

Json json_of(const Comparison& comparison, const PairComparison& pair) {
  Json provenance = Json::array(), points = Json::array();
  for (const auto& row : pair.provenance) provenance.push_back({{"what", row.what}, {"base", row.a}, {"other", row.b}});
  for (const auto& point : pair.points) points.push_back(json_of(point));
  return {{"base", comparison.base},
          {"other", pair.name},
          {"provenance", provenance},
          {"scale", pair.scale},
          {"unit", name_of(pair.level)},
          {"units", pair.least_units},
          {"detectable", pair.detectable},
          {"units_needed", pair.units_needed},
          {"points", points},
          {"only_in_base", keys_of(pair.only_in_base)},
          {"only_in_other", keys_of(pair.only_in_other)}};
}

}  // namespace

std::string comparison_csv(const Comparison& comparison) {
  std::string text = "base,other,key,base_median,other_median,ratio,low,high,p_adjusted,verdict,note,scale\n";
  for (const auto& pair : comparison.pairs) {
    const auto files = csv_field(comparison.base) + "," + csv_field(pair.name) + ",";
    for (const auto& point : pair.points)
      text +=
          fmt::format("{}{},{},{},{},{},{},{},{},{},{}\n", files, csv_field(point.base.key), field(point.base.median),
                      field(point.other.median), field(point.ratio), field(point.low), field(point.high),
                      field(point.test.adjusted), name_of(point.verdict), csv_field(point.note), pair.scale);
    for (const auto& row : pair.only_in_base)
      text += fmt::format("{}{},{},,,,,,only in base,,{}\n", files, csv_field(row.key), field(row.median), pair.scale);
    for (const auto& row : pair.only_in_other)
      text += fmt::format("{}{},,{},,,,,only in other,,{}\n", files, csv_field(row.key), field(row.median), pair.scale);
  }
  return text;
}

std::string comparison_json(const Comparison& comparison) {
  Json document{{"margin", comparison.options.margin},
                {"confidence", comparison.options.confidence},
                {"correction", "Holm"},
                {"tests", comparison.tests}};
  document["comparisons"] = Json::array();
  for (const auto& pair : comparison.pairs) document["comparisons"].push_back(json_of(comparison, pair));
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace longhaul
