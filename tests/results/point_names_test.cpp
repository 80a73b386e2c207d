#include "results/point_names.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

PointRow all_reduce_of(std::int64_t size) {
  PointRow point;
  point.operation = "all_reduce";
  point.algorithm = "flat";
  point.type = "float32";
  point.reduce_op = "sum";
  point.mode = "latency";
  point.wan = "native";
  point.backend = "mpi";
  point.ranks = 4;
  point.size = size;
  return point;
}

TEST(PointNames, AreShortWhereNothingElseVaries) {
  auto gather = all_reduce_of(1024);
  gather.operation = "all_gather";
  gather.reduce_op = "none";
  const std::vector<PointRow> points{all_reduce_of(1024), all_reduce_of(2048), gather};
  EXPECT_EQ(PointNames(points).of(points[1]), "flat all_reduce of 2 KiB at native");
  EXPECT_EQ(PointNames(points).of(gather), "flat all_gather of 1 KiB at native") << "its reduction is told by its name";
}

TEST(PointNames, TellEveryAxisThatVaries) {
  const auto plain = all_reduce_of(1024);
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
  auto max = all_reduce_of(1024);
  max.reduce_op = "max";
  max.backend = "nccl";
  max.ranks = 8;
  max.placement = "4a,4b";
  EXPECT_EQ(PointNames(std::vector{all_reduce_of(1024), max}).of(max),
            "flat all_reduce of 1 KiB at native (max, nccl, 8 ranks, 4a,4b)");
}

}  // namespace
}  // namespace longhaul
