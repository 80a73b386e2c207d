#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// The candidate of least edit distance, for "did you mean"; empty when none is close (more than a third of the
/// letters).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace longhaul
