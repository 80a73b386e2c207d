#pragma once
#include <span>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// Fills in what was felt of each event, until the next event or the end: detection, stall, recovery, finished.
///
/// What is usual is the mean time of the collectives of the 5 s before the event, back to the event before it.
/// A collective counts with the event under which it finishes, or falls three times behind what is typical.
///   detection: until some collective has lasted three times as long as usual.
///   stall:     the longest time of one collective; a pause between two counts with the second as far as it is longer
///              than pauses usually are (a soak verifies now and then).
///   recovery:  until the first run of collectives, 200 ms long and at least three, at 90 % of the usual rate.
/// @param events  of one visit, in order of time; `failed` is left alone
/// @param soak    collectives of the same visit, in order
void measure_effects(std::span<EventRow> events, std::span<const SoakRow> soak);

/// Counts a collective whose data were wrong with the event under which it finished, or fell behind; with none where it
/// did before the first.
/// @param soak  collectives of the visit so far; not empty
/// @param of    the one, by its place among them
void count_failed(std::span<EventRow> events, std::span<const SoakRow> soak, std::size_t of);

/// The events of a point's visits that take something away: all but restores.
std::vector<EventRow> disturbances(const Results& results, std::int32_t point);

/// One table a soak for the terminal; empty where there is none.
std::string soak_text(const Results& results);

/// "cut north-east, round it after 50 ms".
std::string event_text(const EventRow& event);

}  // namespace longhaul
