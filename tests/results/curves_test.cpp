#include "results/curves.hpp"

#include <gtest/gtest.h>

#include "sample_results.hpp"

namespace longhaul {
namespace {

PointRow point(const std::string& wan, std::int64_t size, const std::string& algorithm = "flat") {
  PointRow row;
  row.operation = "all_gather";
  row.algorithm = algorithm;
  row.type = "float64";
  row.reduce_op = "none";
  row.mode = "throughput";
  row.backend = "mpi";
  row.placement = "3a,1b";
  row.ranks = 4;
  row.wan = wan;
  row.size = size;
  return row;
}

TEST(Curves, AreOnePerSeriesByWanAndSize) {
  const auto curves =
      curves_of({point("x2", 64), point("native", 16), point("x2", 16, "hierarchical"), point("native", 64)});
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0].wans, (std::vector<std::string>{"x2", "native"})) << "settings in order of appearance";
  EXPECT_EQ(curves[0].sizes, (std::vector<std::int64_t>{16, 64})) << "sizes ascending";
  EXPECT_EQ(curves[0].points, (std::vector<std::ptrdiff_t>{-1, 0, 1, 3}));
  EXPECT_EQ(curves[0].at(1, 1), 3);
  EXPECT_EQ(curves[1].points, (std::vector<std::ptrdiff_t>{2}));
}

TEST(Curves, HaveNamesThatAreNames) {
  auto row = point("native", 16);
  row.in_place = 1;
  EXPECT_EQ(series_name(row), "all_gather.flat.float64.none.in-place.throughput.mpi.4.3a-1b");
  row.backend = "a/b c";
  EXPECT_EQ(series_name(row), "all_gather.flat.float64.none.in-place.throughput.a-b-c.4.3a-1b");
}

TEST(Curves, HaveTitlesForPeople) {
  EXPECT_EQ(series_title(point("native", 16)),
            "all_gather · flat · float64 · out of place · throughput · mpi · 4 ranks (3a,1b)");
}

}  // namespace
}  // namespace longhaul
