#include "results/csv.hpp"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

#include "results/flags.hpp"
#include "results/rate_scale.hpp"
#include "results/schema.hpp"

namespace longhaul {
namespace {

struct CsvText {
  std::string operator()(const std::string& text) const { return csv_field(text); }
  std::string operator()(double value) const { return std::isnan(value) ? "" : fmt::format("{}", value); }
  std::string operator()(std::integral auto value) const { return std::to_string(value); }
};

}  // namespace

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char letter : text) field += letter == '"' ? "\"\"" : std::string(1, letter);
  return field + "\"";
}

std::string csv(const Results& results) {
  const auto& columns = table_of<PointRow>().columns;
  std::string text;
  for (const auto& column : columns) text += std::string(column.name) + ",";
  text += "scale,flags\n";
  const auto flags = flags_of_points(results);
  const auto scales = rate_scales_of_points(results);
  for (std::size_t i = 0; i < results.points.size(); ++i) {
    for (const auto& column : columns) text += with_value(column, results.points[i], CsvText{}) + ",";
    text += scales[i] + "," + flag_names(flags[i]) + "\n";
  }
  return text;
}

}  // namespace longhaul
