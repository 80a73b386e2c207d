// How far off the common time is, beside what it claims, over a virtual network. docs/method.md shows the table.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tests/harness/virtual_network.hpp"

namespace longhaul {
namespace {

constexpr unsigned runs = 1000;

struct Accuracy {
  std::vector<double> errors, claims;  ///< µs, sorted
};

double microseconds(Duration duration) { return seconds(duration) * 1e6; }

/// Six bursts of 40 pings, 1 s apart, judged `later`.
Accuracy judge(Duration one_way, Duration later) {
  Accuracy accuracy;
  for (unsigned seed = 0; seed < runs; ++seed) {
    VirtualNetwork network(seed);
    network.clocks[1] = {5s, 50e-6};
    const GlobalClock clock = synchronise(network, {one_way, one_way}, 6, 1s);
    network.now += later;
    accuracy.errors.push_back(microseconds(std::chrono::abs(error(network, clock))));
    accuracy.claims.push_back(microseconds(clock.uncertainty_at(network.clocks[1].read(network.now))));
  }
  std::sort(accuracy.errors.begin(), accuracy.errors.end());
  std::sort(accuracy.claims.begin(), accuracy.claims.end());
  return accuracy;
}

void print_row(Duration one_way, Duration later) {
  const Accuracy accuracy = judge(one_way, later);
  fmt::print("| {:>11.0f} | {:>8.0f} | {:>13.1f} | {:>13.1f} | {:>15.1f} | {:>15.1f} |\n", microseconds(one_way),
             seconds(later), accuracy.errors[runs / 2], accuracy.errors[runs * 99 / 100], accuracy.claims[runs / 2],
             accuracy.claims[runs * 99 / 100]);
}

}  // namespace
}  // namespace longhaul

int main() {
  using namespace longhaul;
  fmt::print("| one way, µs | later, s | error p50, µs | error p99, µs | claimed p50, µs | claimed p99, µs |\n");
  fmt::print("| ----------: | -------: | ------------: | ------------: | --------------: | --------------: |\n");
  for (const Duration one_way : {Duration{50us}, Duration{5ms}, Duration{50ms}})
    for (const Duration later : {0s, 60s}) print_row(one_way, later);
}
