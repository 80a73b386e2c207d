#include "collectives/vocabulary.hpp"

#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

std::string message_of(auto action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Vocabulary, ReadsTheNamesItWrites) {
  for (const char* name :
       {"all_reduce", "all_gather", "reduce_scatter", "broadcast", "reduce", "all_to_all", "send_recv"})
    EXPECT_EQ(name_of(parse_operation(name)), name);
  for (const char* name : {"int32", "int64", "float32", "float64"}) EXPECT_EQ(name_of(parse_data_type(name)), name);
  for (const char* name : {"sum", "prod", "min", "max", "avg"}) EXPECT_EQ(name_of(parse_reduce_op(name)), name);
  for (const char* name : {"flat", "hierarchical"}) EXPECT_EQ(name_of(parse_algorithm(name)), name);
  for (const char* name : {"latency", "throughput", "soak"}) EXPECT_EQ(name_of(parse_mode(name)), name);
}

TEST(Vocabulary, NamesWhatThereIsAndWhatWasPerhapsMeant) {
  EXPECT_EQ(message_of([] { parse_operation("all_redcue"); }),
            "unknown collective 'all_redcue'; did you mean 'all_reduce'? expected one of all_reduce, all_gather, "
            "reduce_scatter, broadcast, reduce, all_to_all, send_recv");
  EXPECT_EQ(message_of([] { parse_mode("xyz"); }), "unknown mode 'xyz'; expected one of latency, throughput, soak");
}

TEST(Vocabulary, KnowsWhatIsDefined) {
  EXPECT_TRUE(reduces(Operation::reduce_scatter));
  EXPECT_FALSE(reduces(Operation::all_gather));
  EXPECT_TRUE(has_in_place(Operation::all_gather));
  EXPECT_FALSE(has_in_place(Operation::send_recv));
  EXPECT_FALSE(has_in_place(Operation::all_to_all));
  EXPECT_TRUE(has_hierarchical(Operation::all_gather));
  EXPECT_FALSE(has_hierarchical(Operation::broadcast));
}

TEST(Point, HasAKeyOfAllItsAxes) {
  Point point;
  point.size = {65536};
  point.ranks = 4;
  point.placement = "2a,2b";
  EXPECT_EQ(point.key(), "all_reduce/flat/float32/sum/out-of-place/latency/65536/native/mpi/4/2a,2b");
  point.operation = Operation::all_gather;
  point.algorithm = Algorithm::hierarchical;
  point.in_place = true;
  point.mode = Mode::throughput;
  point.wan = "+10ms";
  EXPECT_EQ(point.key(), "all_gather/hierarchical/float32/none/in-place/throughput/65536/+10ms/mpi/4/2a,2b");
  point.settings = "graph";
  point.load = 64;
  EXPECT_EQ(point.key(),
            "all_gather/hierarchical/float32/none/in-place/throughput/65536/+10ms/mpi/4/2a,2b/graph/load=64");
}

TEST(Point, KeepsItsKeyWhenAnOpThatMeansNothingChanges) {
  Point one, other;
  one.operation = other.operation = Operation::broadcast;
  other.op = ReduceOp::max;
  EXPECT_EQ(one.key(), other.key());
}

}  // namespace
}  // namespace longhaul
