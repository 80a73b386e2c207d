#include "results/holm.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace longhaul {

std::vector<HolmTest> holm(const std::vector<double>& p, double alpha) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<HolmTest> tests(p.size());
  double greatest = 0;
  auto left = static_cast<double>(p.size());  // stays at the first step that does not reject
  bool rejecting = true;
  for (std::size_t step = 0; step < order.size(); ++step) {
    auto& test = tests[order[step]];
    const auto factor = static_cast<double>(order.size() - step);
    greatest = std::max(greatest, std::min(1.0, factor * p[order[step]]));
    test.adjusted = greatest;
    if (rejecting) left = factor;
    rejecting = rejecting && greatest <= alpha;
    test.rejected = rejecting;
    test.level = alpha / left;
  }
  return tests;
}

}  // namespace longhaul
