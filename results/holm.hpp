#pragma once
#include <vector>

namespace longhaul {

/// What Holm's procedure makes of one of several tests.
struct HolmTest {
  bool rejected = false;
  double adjusted = 1;  ///< p value to hold against alpha
  double level = 0;     ///< alpha that this test's interval is to be drawn at: it excludes the null where rejected, and
                        ///< only there
};

/// Holm's step-down procedure: with probability 1 − alpha no true null hypothesis of all of them is rejected, however
/// they depend on each other. Source: S. Holm, Scandinavian Journal of Statistics 6 (1979), 65–70.
std::vector<HolmTest> holm(const std::vector<double>& p, double alpha);

}  // namespace longhaul
