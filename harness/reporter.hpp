#pragma once
#include <memory>
#include <string>

#include "topologies/units.hpp"

namespace longhaul {

/// What a run tells while it measures. On rank 0, to stderr, so that stdout stays parseable.
struct ProgressNews {
  std::size_t visits_done = 0, visits_planned = 0;  ///< planned: if no further point converges
  std::size_t points_converged = 0, points = 0;
  int round = 0, rounds = 0;   ///< 1-based
  std::string point;           ///< what has just been measured: "all_gather flat 64 KiB +10ms"
  double median = 0;           ///< seconds
  Duration elapsed{}, left{};  ///< left: estimate; negative when unknown
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void note(const std::string& line) = 0;
  virtual void visited(const ProgressNews& news) = 0;
  virtual void end() = 0;
};

/// On a terminal one line that rewrites itself, else a plain line every few seconds; `quiet`: notes only.
/// @param columns  width of the terminal that stderr ends at; 0: none
std::unique_ptr<Reporter> make_reporter(bool quiet, int columns);

/// Columns of the terminal at stderr, 0 where it is none.
int terminal_columns();

/// "round 2/5 · 131 of ~360 visits · 40 of 72 points converged · 34 s left · all_gather flat 64 KiB +10ms 12.3 ms"
std::string progress_line(const ProgressNews& news);

}  // namespace longhaul
