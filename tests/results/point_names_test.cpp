#include "results/point_names.hpp"

#include <gtest/gtest.h>

#include "sample_point.hpp"

namespace longhaul {
namespace {

TEST(PointNames, AreShortWhereNothingElseVaries) {
  const auto gather = sample::point_of("all_gather", 1024);
  const std::vector<PointRow> points{sample::point_of("all_reduce", 1024), sample::point_of("all_reduce", 2048),
                                     gather};
  EXPECT_EQ(PointNames(points).of(points[1]), "flat all_reduce of 2 KiB at native");
  EXPECT_EQ(PointNames(points).of(gather), "flat all_gather of 1 KiB at native") << "its reduction is told by its name";
}

TEST(PointNames, TellEveryAxisThatVaries) {
  const auto plain = sample::point_of("all_reduce", 1024);
  auto other = plain;
  other.in_place = 1;
  other.type = "float64";
  other.mode = "throughput";
  other.settings = "NCCL_ALGO=Ring";
  other.load = 8;
  const PointNames names(std::vector{plain, other});
  EXPECT_EQ(names.of(plain),
            "flat all_reduce of 1 KiB at native (float32, out of place, latency, default settings, no load)");
  EXPECT_EQ(names.of(other),
            "flat all_reduce of 1 KiB at native (float64, in place, throughput, NCCL_ALGO=Ring, load 8)");
  EXPECT_EQ(names.rest(plain), "float32, out of place, latency, default settings, no load");
}

TEST(PointNames, TellOneFilesPointFromAnothers) {
  auto max = sample::point_of("all_reduce", 1024);
  max.reduce_op = "max";
  max.backend = "nccl";
  max.ranks = 8;
  max.placement = "4a,4b";
  EXPECT_EQ(PointNames(std::vector{sample::point_of("all_reduce", 1024), max}).of(max),
            "flat all_reduce of 1 KiB at native (max, nccl, 8 ranks, 4a,4b)");
}

}  // namespace
}  // namespace longhaul
