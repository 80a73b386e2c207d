#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/circumstances.hpp"
#include "results/tables.hpp"

namespace longhaul {

/// Bounds of sizes in bytes, both included: "64MiB..", "..1KiB", "1MiB".
struct SizeRange {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// Which points a rule is about: every axis that is named must fit. Empty: any.
struct PointFilter {
  std::vector<SizeRange> sizes;
  std::map<std::string, std::vector<std::string>> axes;  ///< "collective" → {"all_reduce"}; values are exact
  std::vector<std::string> transports;                   ///< patterns of the shell; one visit that used one will do
  bool fits(const PointRow& point, const Circumstances& circumstances) const;
  bool empty() const { return sizes.empty() && axes.empty() && transports.empty(); }
};

/// What is measured of a point and held against a bound.
enum class Quantity {
  time,         ///< median, s
  busbw,        ///< bytes/s
  algbw,        ///< bytes/s
  link_share,   ///< of what the busiest link between sites can carry, 0 … 1
  slowdown,     ///< time over the baseline's, − 1
  host_spread,  ///< the slowest host's finish over the median host's, − 1
  recovery,     ///< from an event of a soak until 90 % of the rate before it, s
  stall,        ///< the longest time of a soak's event without a finished collective, s
};
std::string name_of(Quantity quantity);
/// What a soak's events did, rather than what its collectives took.
bool is_of_events(Quantity quantity);

struct Bound {
  Quantity quantity = Quantity::time;
  bool at_least = false;  ///< else at most
  double value = 0;       ///< in the quantity's unit
  std::string text;       ///< as written: "46 GB/s"
};

/// One rule of a spec.
struct Rule {
  std::string name, source;
  std::string where;  ///< "acceptance.yaml:7:5", for messages
  PointFilter filter;
  std::vector<Bound> bounds;
  bool correct_data = false;
  /// Patterns, one of which each transport and each NIC that was used must fit; empty: any.
  std::vector<std::string> transports, nics;
  std::map<std::string, std::string> provenance;   ///< "library" → pattern of the shell
  std::map<std::string, std::string> environment;  ///< variable → pattern
};

/// An acceptance specification. No code is evaluated from it.
struct Acceptance {
  std::string title;
  double confidence = 0.95;
  std::vector<std::string> accept;  ///< kinds of files that are refused unless named here: see acceptable_kinds()
  std::vector<Rule> rules;
};

/// "doubles", "scaled", "plugin", "flagged": what a file may be that real rules must not be fed with by accident.
const std::vector<std::string>& acceptable_kinds();
/// "scaled,flagged" as --accept has it.
/// @throws UsageError for a word that is none of them
std::vector<std::string> acceptable_kinds_in(const std::string& text);

/// With *, ? and […], as in a shell.
bool matches_pattern(const std::string& pattern, const std::string& value);

/// The fields of a launch that a rule may require.
std::vector<std::string> provenance_names();
std::string provenance_value(const LaunchRow& launch, const std::string& name);

/// @throws UsageError with file, line and column: unknown key, bad unit, a rule that requires nothing
Acceptance parse_acceptance(std::string_view text, const std::string& source);
Acceptance load_acceptance(const std::string& path);

}  // namespace longhaul
