#include "results/soak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "results/statistics.hpp"
#include "topologies/text_table.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr double kBefore = 5;       // seconds that say what is usual
constexpr double kOverdue = 3;      // times the usual
constexpr double kRecovered = 0.9;  // of the usual rate
constexpr double kRunLength = 0.2;  // seconds of collectives that show a rate
constexpr std::ptrdiff_t kLeastRun = 3;

double finish_of(const SoakRow& row) { return row.started + row.duration; }

/// Mean time of the collectives that finished in a window; NaN where none did.
double mean_duration(std::span<const SoakRow> soak, double from, double until) {
  double sum = 0, count = 0;
  for (const auto& row : soak) {
    if (row.started < from || finish_of(row) > until) continue;
    sum += row.duration;
    ++count;
  }
  return count > 0 ? sum / count : unknown_value;
}

/// The usual pause between two collectives, of those that are pauses at all.
double usual_pause(std::span<const SoakRow> soak) {
  std::vector<double> pauses;
  for (std::size_t i = 1; i < soak.size(); ++i) {
    const double pause = soak[i].started - finish_of(soak[i - 1]);
    if (pause > soak[i].duration / 10) pauses.push_back(pause);
  }
  return pauses.empty() ? 0 : median(pauses);
}

double typical_duration(std::span<const SoakRow> soak) {
  std::vector<double> durations;
  for (const auto& row : soak) durations.push_back(row.duration);
  return median(durations);
}

/// When a collective says something: at its finish, or as soon as it is overdue. One that a cut holds up counts with
/// the cut, whether it began before or ends after the restore.
double moment_of(const SoakRow& row, double typical) {
  return row.started + std::min(row.duration, kOverdue * typical);
}

/// The collectives whose moment lies after `from`, up to `until`.
std::span<const SoakRow> during(std::span<const SoakRow> soak, double from, double until, double typical) {
  const auto first = std::ranges::find_if(soak, [&](const SoakRow& row) { return moment_of(row, typical) > from; });
  const auto last =
      std::find_if(first, soak.end(), [&](const SoakRow& row) { return moment_of(row, typical) > until; });
  return {first, last};
}

double detection_of(std::span<const SoakRow> soak, double at, double usual) {
  for (const auto& row : soak) {
    const double overdue = row.started + kOverdue * usual;
    if (row.duration > kOverdue * usual && overdue >= at) return overdue - at;
  }
  return unknown_value;
}

double recovery_of(std::span<const SoakRow> soak, double at, double usual) {
  const auto run = std::max(kLeastRun, static_cast<std::ptrdiff_t>(std::ceil(kRunLength / usual)));
  for (auto first = soak.begin(); soak.end() - first >= run; ++first) {
    double sum = 0;
    for (auto row = first; row != first + run; ++row) sum += row->duration;
    if (sum / static_cast<double>(run) <= usual / kRecovered) return std::max(0.0, first->started - at);
  }
  return unknown_value;
}

std::string time_text(double time) { return std::isnan(time) ? "-" : format_duration(from_seconds(time)); }

TextTable table_of_events(std::span<const EventRow> events) {
  TextTable table{{{"At"},
                   {"Event", TextTable::Align::left},
                   {"Detected after"},
                   {"Stall"},
                   {"90 % after"},
                   {"Finished"},
                   {"Failed"}},
                  {}};
  for (const auto& event : events)
    table.rows.push_back({time_text(event.at), event_text(event), time_text(event.detection), time_text(event.stall),
                          time_text(event.recovery), fmt::format("{}", event.finished),
                          fmt::format("{}", event.failed)});
  return table;
}

}  // namespace

void measure_effects(std::span<EventRow> events, std::span<const SoakRow> soak) {
  if (soak.empty()) return;
  const double pause = usual_pause(soak), typical = typical_duration(soak);
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& event = events[i];
    const double end = i + 1 < events.size() ? events[i + 1].at : std::numeric_limits<double>::infinity();
    const double since = std::max(event.at - kBefore, i > 0 ? events[i - 1].at : 0.0);
    const auto window = during(soak, event.at, end, typical);
    event.finished = std::ssize(window);
    if (window.empty()) continue;
    event.stall = 0;
    for (const auto& row : window) {
      const bool first = &row == soak.data();
      const double before = first ? 0 : row.started - finish_of(*(&row - 1)) - pause;
      event.stall = std::max(event.stall, row.duration + std::max(0.0, before));
    }
    const double usual = mean_duration(soak, since, event.at);
    if (std::isnan(usual)) continue;
    event.detection = detection_of(window, event.at, usual);
    event.recovery = recovery_of(window, event.at, usual);
  }
}

void count_failed(std::span<EventRow> events, std::span<const SoakRow> soak, std::size_t of) {
  const double moment = moment_of(soak[of], typical_duration(soak));
  const auto next = std::ranges::find_if(events, [&](const EventRow& event) { return event.at >= moment; });
  if (next != events.begin()) ++std::prev(next)->failed;
}

std::vector<EventRow> disturbances(const Results& results, std::int32_t point) {
  std::vector<EventRow> events;
  for (const auto& event : results.events)
    if (event.kind != "restore" && results.visits[static_cast<std::size_t>(event.visit)].point == point)
      events.push_back(event);
  return events;
}

std::string event_text(const EventRow& event) {
  auto text = fmt::format("{} {}", event.kind, event.link);
  if (!std::isnan(event.protection)) text += fmt::format(", round it after {}", time_text(event.protection));
  if (event.rate_share != 1) text += fmt::format(" to {} of its rate", format_share({event.rate_share}));
  if (event.loss > 0) text += fmt::format(", {} loss", format_share({event.loss}));
  return text;
}

std::string soak_text(const Results& results) {
  std::string text;
  for (auto first = results.events.begin(); first != results.events.end();) {
    const auto last =
        std::find_if(first, results.events.end(), [&](const EventRow& row) { return row.visit != first->visit; });
    const auto& visit = results.visits[static_cast<std::size_t>(first->visit)];
    const auto& point = results.points[static_cast<std::size_t>(visit.point)];
    const auto collectives =
        std::ranges::count_if(results.soak, [&](const SoakRow& row) { return row.visit == visit.visit; });
    text += fmt::format("Soak: {} {} {} at {}, {} collectives, {} wrong elements, median {}\n", point.operation,
                        point.algorithm, format_bytes({static_cast<std::uint64_t>(point.size)}), point.wan, collectives,
                        visit.wrong, time_text(visit.median));
    text += table_of_events(std::span(first, last)).str() + "\n";
    first = last;
  }
  return text;
}

}  // namespace longhaul
