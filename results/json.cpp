#include "results/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "results/flags.hpp"
#include "results/rate_scale.hpp"
#include "results/schema.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::ordered_json;

/// The only int8 columns outside /samples say no or yes.
struct Value {
  Json operator()(std::int8_t value) const { return value != 0; }
  Json operator()(double value) const { return std::isfinite(value) ? Json(value) : Json(); }
  Json operator()(const auto& value) const { return value; }
};

template <class Row>
Json objects(const Results& results) {
  const auto& table = table_of<Row>();
  Json rows = Json::array();
  for (const auto& row : results.*table.rows) {
    Json object;
    for (const auto& column : table.columns) object[column.name] = with_value(column, row, Value{});
    rows.push_back(std::move(object));
  }
  return rows;
}

Json names_of(std::int32_t flags) {
  Json names = Json::array();
  for (const auto& flag : visit_flags())
    if (flags & flag.bit) names.push_back(flag.name);
  return names;
}

}  // namespace

std::string json_text(const Results& results) {
  Json document{{"schema_version", schema_version}, {"longhaul_version", LONGHAUL_VERSION}};
  document["launches"] = objects<LaunchRow>(results);
  document["ranks"] = objects<RankRow>(results);
  document["wan"] = objects<WanRow>(results);
  document["points"] = objects<PointRow>(results);
  const auto flags = flags_of_points(results);
  const auto scales = rate_scales_of_points(results);
  for (std::size_t i = 0; i < flags.size(); ++i) {
    document["points"][i]["scale"] = scales[i];
    document["points"][i]["flags"] = names_of(flags[i]);
  }
  // Host names and variables may be in any encoding; what is not UTF-8 must not lose the rest.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace longhaul
