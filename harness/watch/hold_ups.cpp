#include "harness/watch/hold_ups.hpp"

#include <algorithm>

namespace longhaul {

void HoldUps::add(Time begin, Time end) { all_.push_back({begin, end}); }

Duration HoldUps::after(Time since) const {
  Duration taken{0};
  for (auto held = all_.rbegin(); held != all_.rend() && held->end > since; ++held)
    taken += held->end - std::max(held->begin, since);
  return taken;
}

}  // namespace longhaul
