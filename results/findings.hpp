#pragma once
#include <optional>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// What a finding asks of the reader, most urgent first.
enum class Concern {
  wrong,     ///< do not use these numbers: wrong data, a WAN that was not felt, faster than light
  doubtful,  ///< numbers that lean on flagged visits, files not measured on the real thing
  answer,    ///< what the sweep was run to learn
  remark,    ///< what to keep in mind
};

/// One sentence of a report's summary.
struct Finding {
  Concern concern = Concern::remark;
  std::string text;
};

/// "wrong", "doubtful", "answer", "remark".
std::string name_of(Concern concern);

/// How many times faster `a` is than `b`, by their medians; absent unless their confidence intervals are known and do
/// not overlap, and neither delivered wrong data. Below 1 where `a` is slower.
std::optional<double> speedup(const PointRow& a, const PointRow& b);

/// The summary of a file, most urgent first. Every sentence stands on columns of the file alone; a ratio is claimed
/// only where speedup() claims it.
std::vector<Finding> findings(const Results& results);

}  // namespace longhaul
