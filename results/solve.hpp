#pragma once

namespace longhaul {

/// x ≥ 0 where the decreasing function f passes `target`: doubling from 1, then halving to 13 digits. 0 where f(0) is
/// below; 1e300 where f never falls so far.
template <class Function>
double solve_decreasing(Function f, double target) {
  double high = 1;
  while (f(high) > target && high < 1e300) high *= 2;
  double low = high > 1 ? high / 2 : 0;
  while (high - low > 1e-13 * high) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (f(middle) > target ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace longhaul
