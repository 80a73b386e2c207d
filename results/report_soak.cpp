#include "results/report_soak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "results/soak.hpp"

namespace longhaul {
namespace {

using nlohmann::json;

constexpr std::size_t kSteps = 400;

json known(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

/// Bytes a second in even steps; a collective's bytes are spread evenly over its time.
std::vector<double> rates(std::span<const SoakRow> soak, double moved, double step) {
  std::vector<double> bytes(kSteps, 0);
  for (const auto& row : soak) {
    const double end = row.started + row.duration;
    for (auto at = static_cast<std::size_t>(row.started / step); at < kSteps; ++at) {
      const double from = std::max(row.started, static_cast<double>(at) * step);
      const double until = std::min(end, static_cast<double>(at + 1) * step);
      if (until <= from) break;
      bytes[at] += row.duration > 0 ? moved * (until - from) / row.duration : 0;
    }
  }
  for (auto& value : bytes) value = std::round(value / step);
  return bytes;
}

json events_of(const Results& results, std::int32_t visit) {
  json events = json::array();
  for (const auto& event : results.events)
    if (event.visit == visit)
      events.push_back({{"at", event.at},
                        {"text", event_text(event)},
                        {"detection", known(event.detection)},
                        {"stall", known(event.stall)},
                        {"recovery", known(event.recovery)},
                        {"finished", event.finished},
                        {"failed", event.failed}});
  return events;
}

}  // namespace

json soak_data(const Results& results) {
  json all = json::array();
  for (auto first = results.soak.begin(); first != results.soak.end();) {
    const auto last =
        std::find_if(first, results.soak.end(), [&](const SoakRow& row) { return row.visit != first->visit; });
    const std::span soak(first, last);
    const auto& visit = results.visits[static_cast<std::size_t>(first->visit)];
    const auto& point = results.points[static_cast<std::size_t>(visit.point)];
    const double step = std::max(1e-9, (soak.back().started + soak.back().duration) / kSteps);
    all.push_back({{"operation", point.operation},
                   {"algorithm", point.algorithm},
                   {"size", point.size},
                   {"wan", point.wan},
                   {"collectives", soak.size()},
                   {"wrong", visit.wrong},
                   {"step", step},
                   {"rates", rates(soak, static_cast<double>(point.moved), step)},
                   {"events", events_of(results, first->visit)}});
    first = last;
  }
  return all;
}

}  // namespace longhaul
