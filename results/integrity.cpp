#include "results/integrity.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

namespace longhaul {
namespace {

bool within(std::int64_t index, std::size_t size) { return index >= 0 && static_cast<std::size_t>(index) < size; }

template <class Row>
std::string misnumbered(const std::vector<Row>& rows, std::int32_t Row::*number, const char* what) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].*number != static_cast<std::int32_t>(i))
      return fmt::format("{} {} stands in row {}", what, rows[i].*number, i);
  return {};
}

std::string wrong_reference(const VisitRow& visit, const Results& results) {
  if (!within(visit.point, results.points.size()))
    return fmt::format("visit {} is of point {}, and there are {}", visit.visit, visit.point, results.points.size());
  if (!within(visit.launch, results.launches.size()))
    return fmt::format("visit {} is of launch {}, and there are {}", visit.visit, visit.launch,
                       results.launches.size());
  return {};
}

/// Samples lie visit by visit, each visit's together.
std::string wrong_samples(const Results& results) {
  std::size_t next = 0;
  for (const auto& visit : results.visits) {
    const std::size_t left = results.samples.size() - next;
    if (visit.first_sample != static_cast<std::int64_t>(next) || visit.sample_count < 0 ||
        static_cast<std::size_t>(visit.sample_count) > left)
      return fmt::format("visit {} has samples {} + {}, expected them from {} of {}", visit.visit, visit.first_sample,
                         visit.sample_count, next, results.samples.size());
    for (const std::size_t end = next + static_cast<std::size_t>(visit.sample_count); next < end; ++next)
      if (results.samples[next].visit != visit.visit)
        return fmt::format("sample {} is of visit {}, expected {}", next, results.samples[next].visit, visit.visit);
  }
  if (next != results.samples.size()) return fmt::format("sample {} is of no visit", next);
  return {};
}

template <class Row>
std::string stray(const std::vector<Row>& rows, std::int32_t Row::*number, std::size_t size, const char* table,
                  const char* what) {
  for (const auto& row : rows)
    if (!within(row.*number, size))
      return fmt::format("/{} has rows of {} {}, and there are {}", table, what, row.*number, size);
  return {};
}

}  // namespace

std::string first_inconsistency(const Results& results) {
  const std::size_t launches = results.launches.size(), visits = results.visits.size();
  for (auto& problem :
       {misnumbered(results.launches, &LaunchRow::launch, "launch"),
        misnumbered(results.points, &PointRow::point, "point"), misnumbered(results.visits, &VisitRow::visit, "visit"),
        stray(results.ranks, &RankRow::launch, launches, "ranks", "launch"),
        stray(results.pairs, &PairRow::visit, visits, "pairs", "visit"),
        stray(results.links, &LinkRow::visit, visits, "links", "visit"),
        stray(results.rank_summary, &RankSummaryRow::visit, visits, "rank_summary", "visit"),
        stray(results.soak, &SoakRow::visit, visits, "soak", "visit"),
        stray(results.events, &EventRow::visit, visits, "events", "visit"),
        stray(results.exchanges, &ExchangeRow::visit, visits, "exchanges", "visit"), wrong_samples(results)})
    if (!problem.empty()) return problem;
  for (const auto& visit : results.visits)
    if (auto problem = wrong_reference(visit, results); !problem.empty()) return problem;
  return {};
}

}  // namespace longhaul
