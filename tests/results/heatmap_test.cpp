#include "results/heatmap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longhaul {
namespace {

using testing::HasSubstr;

PairMatrix matrix(std::size_t hosts, std::int64_t bytes) {
  PairMatrix matrix;
  matrix.point.moved = bytes;
  matrix.point.settings = "pairwise-alone";
  matrix.point.wan = "native";
  for (std::size_t host = 0; host < hosts; ++host) {
    matrix.hosts.push_back("h" + std::to_string(host));
    matrix.sites.emplace_back("a");
  }
  matrix.by_visit.emplace_back(hosts * hosts, 1e-3);
  return matrix;
}

void slow_down(PairMatrix& matrix, std::size_t a, std::size_t b) {
  auto& visit = matrix.by_visit.front();
  visit[a * matrix.size() + b] = visit[b * matrix.size() + a] = 2e-3;
}

TEST(Heatmap, ShowsRatesAndMarksWhatFallsBehind) {
  auto pairs = matrix(3, 1'000'000);
  slow_down(pairs, 0, 1);
  EXPECT_EQ(heatmap(pairs),
            "pairwise-alone · 977 KiB at native · GB/s one way, ▼ 10 % or more behind others between the same sites\n"
            "      h0    h1  h2\n"
            "──  ────  ────  ──\n"
            "h0    ·   0.5▼  1\n"
            "h1  0.5▼    ·   1\n"
            "h2    1     1   ·\n");
}

TEST(Heatmap, ShowsTimesOfSmallMessages) { EXPECT_THAT(heatmap(matrix(2, 8)), HasSubstr("µs one way")); }

TEST(Heatmap, OfManyHostsIsALetterAPair) {
  auto pairs = matrix(40, 1'000'000);
  slow_down(pairs, 3, 30);
  const auto text = heatmap(pairs);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3 + 40);
  EXPECT_THAT(text, testing::Not(HasSubstr("0.5")));
}

}  // namespace
}  // namespace longhaul
