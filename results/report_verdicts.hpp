#pragma once
#include <string>
#include <vector>

#include "results/acceptance.hpp"
#include "results/report.hpp"

namespace longhaul {

/// What a report's reader is to decide by, as HTML that needs no script: with a spec whether each file meets it, which
/// hosts reach a floor, and how each further file compares with the first. The same words and verdicts as `longhaul
/// gate` and `longhaul compare` give on a terminal. Empty where there is none of these.
/// @throws UsageError when a file has no pairwise pattern to hold against a floor
std::string verdicts_html(const std::vector<ReportFile>& files, const ReportRules& rules);

}  // namespace longhaul
