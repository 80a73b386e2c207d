#pragma once
#include <string>
#include <vector>

#include "results/acceptance.hpp"
#include "results/report.hpp"

namespace longhaul {

/// What a report's reader is to decide by, as HTML that needs no script: how each further file compares with the first,
/// and, with a spec, whether each file meets it. Empty where there is neither. The gate's own counting of looks belongs
/// to `longhaul gate`; here a file is judged as at its first look.
std::string verdicts_html(const std::vector<ReportFile>& files, const Acceptance* spec);

}  // namespace longhaul
