#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// The candidate of least edit distance, for "did you mean"; empty when none is close (more than a third of the
/// letters).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'list'? " to put into a message, or nothing when no candidate is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace longhaul
