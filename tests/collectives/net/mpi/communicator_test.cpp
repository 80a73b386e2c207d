#include "collectives/net/communicator.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "collectives/host_device.hpp"
#include "ranks.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using test::ranks;

NetRequest request_for(const std::vector<int>& sites, NetSettings settings = {}) {
  NetRequest request;
  request.rank = ranks().rank();
  request.layout = layout_of(sites);
  request.settings = std::move(settings);
  request.settings.plugin = LONGHAUL_BINARY_DIR "/lib/longhaul/libnccl-net-longhaul.so";
  request.deadline = std::chrono::seconds(30);
  request.exchange = [](const std::string& mine) {
    auto all = ranks().gather(mine);
    all.resize(static_cast<std::size_t>(ranks().size()));
    for (auto& text : all) text = ranks().broadcast(text);
    return all;
  };
  return request;
}

std::vector<int> one_site() { return std::vector<int>(static_cast<std::size_t>(ranks().size()), 0); }

/// Ranks by turns in two sites, the second of which may be smaller.
std::vector<int> two_sites() {
  auto sites = one_site();
  for (std::size_t rank = 0; rank < sites.size(); ++rank) sites[rank] = rank % 3 == 1 ? 1 : 0;
  return sites;
}

/// Runs a point on these buffers and looks at every element.
void expect_right(NetCommunicator& communicator, const Point& point, unsigned round) {
  HostDevice device;
  const auto buffers = device.allocate(point, ranks().rank());
  device.fill(point, buffers, ranks().rank(), round);
  const Call call{point.operation, point.algorithm, point.type,           point.op, point.in_place,
                  buffers.send,    buffers.receive, buffers.counts.count, 0};
  communicator.begin(call, "default");
  communicator.run(call);
  const auto mismatch = device.verify(point, buffers, ranks().rank(), round);
  EXPECT_FALSE(mismatch) << point.key() << ": element " << mismatch->offset << " expected " << mismatch->expected
                         << " got " << mismatch->got << ", " << mismatch->wrong << " wrong";
}

void expect_all_right(NetCommunicator& communicator, Algorithm algorithm, const std::vector<std::size_t>& sizes) {
  unsigned round = 1;
  for (const auto operation : {Operation::all_reduce, Operation::all_gather, Operation::reduce_scatter,
                               Operation::broadcast, Operation::reduce, Operation::all_to_all, Operation::send_recv})
    for (const auto type : {DataType::float32, DataType::bfloat16, DataType::int8, DataType::float64})
      for (const auto op : {ReduceOp::sum, ReduceOp::max, ReduceOp::avg})
        for (const bool in_place : {false, true})
          for (const auto size : sizes) {
            if (algorithm == Algorithm::hierarchical && !has_hierarchical(operation)) continue;
            if (in_place && !has_in_place(operation)) continue;
            if (!reduces(operation) && op != ReduceOp::sum) continue;
            Point point;
            point.operation = operation;
            point.algorithm = algorithm;
            point.type = type;
            point.op = op;
            point.in_place = in_place;
            point.size = {size};
            point.ranks = ranks().size();
            expect_right(communicator, point, ++round);
          }
}

TEST(NetCommunicator, DeliversEveryOperationInAndOutOfPlace) {
  NetCommunicator communicator(request_for(one_site()));
  expect_all_right(communicator, Algorithm::flat, {0, 8, 1000, 300'001});
}

/// Small buffers: many turns of the ring, slots that wrap, messages of one and of two slots by turns.
TEST(NetCommunicator, DeliversOverSeveralChannelsOfSmallBuffers) {
  NetSettings settings;
  settings.channels = 2;
  settings.chunking.buffer = std::size_t{16} * 1024;
  for (int rank = ranks().size() - 1; rank >= 0; --rank) settings.ring.push_back(rank);
  NetCommunicator communicator(request_for(one_site(), settings));
  expect_all_right(communicator, Algorithm::flat, {1000, 400'000});
}

TEST(NetCommunicator, DeliversHierarchicallyForUnevenSites) {
  NetSettings settings;
  settings.chunking.buffer = std::size_t{64} * 1024;
  NetCommunicator communicator(request_for(two_sites(), settings));
  expect_all_right(communicator, Algorithm::hierarchical, {0, 8, 1000, 300'001});
}

TEST(NetCommunicator, SendsAndReceivesBetweenAnyTwo) {
  NetCommunicator communicator(request_for(one_site()));
  const std::string text = "eight or more bytes";
  for (int from = 0; from < ranks().size(); ++from)
    for (int to = 0; to < ranks().size(); ++to) {
      if (from == to) continue;
      if (ranks().rank() == from) communicator.send(to, text.data(), text.size());
      if (ranks().rank() != to) continue;
      std::string got(text.size(), ' ');
      communicator.receive(from, got.data(), got.size());
      EXPECT_EQ(got, text);
    }
}

TEST(NetCommunicator, SaysWhatItIsAndRefusesWhatItCannotDo) {
  NetCommunicator communicator(request_for(one_site()));
  EXPECT_EQ(communicator.backend(), "net");
  EXPECT_EQ(communicator.library().find("plugin TCP (Longhaul, v11), 1 channel × 4 MiB, ring 0"), 0U)
      << communicator.library();
  Call hierarchical_broadcast;
  hierarchical_broadcast.operation = Operation::broadcast;
  hierarchical_broadcast.algorithm = Algorithm::hierarchical;
  EXPECT_THROW(communicator.run(hierarchical_broadcast), UsageError);
}

/// What rank 1 sends it hands over and goes on to the next collective, over other connections; the most of it still has
/// to leave then, since rank 0 comes late, and rank 0 does not reach the next one without it.
TEST(NetCommunicator, SendsTheRestOfACollectiveDuringTheNext) {
  if (ranks().size() == 1) return;
  auto request = request_for(one_site());
  request.deadline = std::chrono::seconds(10);
  request.settings.chunking.buffer = std::size_t{32} << 20U;  // more than sockets hold
  NetCommunicator communicator(request);
  if (ranks().rank() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  Point point;
  point.ranks = ranks().size();
  point.size = {std::size_t{24} << 20U};
  point.operation = Operation::reduce;
  expect_right(communicator, point, 1);
  point.size = {1000};
  point.operation = Operation::all_to_all;
  expect_right(communicator, point, 2);
}

TEST(NetCommunicator, GivesUpAfterTheDeadlineAndSaysWhatItWaitedFor) {
  if (ranks().size() == 1) return;  // nobody to wait for
  auto request = request_for(one_site());
  request.deadline = std::chrono::milliseconds(200);
  NetCommunicator communicator(request);
  if (ranks().rank() == 0) {
    char word = 0;
    try {
      communicator.receive(1, &word, 1);
      ADD_FAILURE() << "received what nobody sent";
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), ExitCode::hung);
      EXPECT_NE(std::string(error.what()).find("for a message to come"), std::string::npos) << error.what();
    }
  }
  ranks().barrier();
}

TEST(NetCommunicator, APluginThatIsNoneIsToldByItsPath) {
  auto request = request_for(one_site());
  request.settings.plugin = "/nowhere/libnccl-net-none.so";
  try {
    NetCommunicator communicator(request);
    ADD_FAILURE() << "made";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::environment);
    EXPECT_NE(std::string(error.what()).find("/nowhere/libnccl-net-none.so"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace longhaul
