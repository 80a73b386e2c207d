#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <vector>

#include "collectives/net/program.hpp"

namespace longhaul::net::test {

/// What the programs of all ranks of a ring take when only distance costs time: every message arrives when its edge's
/// delay is over, and a slot is free again at once (socket) or a round trip later (rdma).
struct RingInVirtualTime {
  std::vector<double> delay;  ///< one way, from each position to the next
  bool rdma = false;

  /// Time until the last rank is through.
  double run(const std::vector<Program>& programs) const {
    const std::size_t n = programs.size();
    std::vector<std::deque<double>> arriving(n);              // at each position
    std::vector<std::deque<std::pair<int, double>>> sent(n);  // slots and when they are free again
    std::vector<int> in_use(n, 0);
    std::vector<double> clock(n, 0);
    std::vector<std::size_t> next(n, 0);
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t at = 0; at < n; ++at)
        while (next[at] < programs[at].size()) {
          const auto& step = programs[at][next[at]];
          if (step.receives && arriving[at].empty()) break;
          if (step.receives) {
            clock[at] = std::max(clock[at], arriving[at].front());
            arriving[at].pop_front();
          }
          if (step.sends) {
            while (in_use[at] + step.credits > kSteps) {
              clock[at] = std::max(clock[at], sent[at].front().second);
              in_use[at] -= sent[at].front().first;
              sent[at].pop_front();
            }
            in_use[at] += step.credits;
            sent[at].emplace_back(step.credits, clock[at] + (rdma ? 2 * delay[at] : 0));
            arriving[(at + 1) % n].push_back(clock[at] + delay[at]);
          }
          ++next[at];
          moved = true;
        }
    }
    return *std::max_element(clock.begin(), clock.end());
  }
};

/// Every position's program.
inline std::vector<Program> programs_of(int ranks, const std::function<Program(Place)>& write) {
  std::vector<Program> programs;
  for (int position = 0; position < ranks; ++position) programs.push_back(write({position, ranks}));
  return programs;
}

}  // namespace longhaul::net::test
