#include "results/joint_rule.hpp"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

#include "results/alpha_spending.hpp"
#include "results/imported_lines.hpp"

namespace longhaul {
namespace {

constexpr double most_looks = 200;  // levels hardly change beyond, and a damaged plan may declare any number

/// A number of a plan's own level, as a launch writes its plan: "precision: 0.05".
std::optional<double> number_of_plan(const LaunchRow& launch, const std::string& name) {
  std::istringstream lines(launch.plan_text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + ": ")) return number_in(std::string_view(line).substr(name.size() + 2));
  return std::nullopt;
}

/// Of a plan, strictly between 0 and 1.
std::optional<double> share_of_plan(const LaunchRow& launch, const std::string& name) {
  const auto share = number_of_plan(launch, name);
  return share && *share > 0 && *share < 1 ? share : std::nullopt;
}

}  // namespace

double JointRule::alpha() const { return alpha_at_look(confidence, looks, looks); }

JointRule joint_rule(std::span<const LaunchRow* const> launches, const JointRule& fallback) {
  std::optional<double> precision, confidence;
  double looks = 0;
  for (const auto* launch : launches) {
    if (const auto asked = share_of_plan(*launch, "precision")) precision = std::min(precision.value_or(1), *asked);
    if (const auto asked = share_of_plan(*launch, "confidence")) confidence = std::max(confidence.value_or(0), *asked);
    if (const auto rounds = number_of_plan(*launch, "rounds")) looks += std::clamp(*rounds, 0.0, most_looks);
  }
  return {precision.value_or(fallback.precision), confidence.value_or(fallback.confidence),
          static_cast<int>(std::clamp(looks, 1.0, most_looks))};
}

}  // namespace longhaul
