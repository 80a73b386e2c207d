#pragma once
#include <string>
#include <vector>

#include "results/report.hpp"

namespace longhaul {

/// The data of a report as one JSON text that is safe inside a script element: no '<' is left in it.
///
/// Tables are objects of columns, numbers have six significant digits (NaN is null), invalid UTF-8 is replaced. Samples
/// are bounded: at most `sample_limit` a file, spread evenly over points and, within a point, over its visits.
std::string report_data(const std::vector<ReportFile>& files, std::size_t sample_limit = 60'000);

}  // namespace longhaul
