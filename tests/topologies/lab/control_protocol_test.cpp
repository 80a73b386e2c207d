#include "topologies/lab/control_protocol.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

class FakeEngine : public WanEngine {
 public:
  void apply(const WanSetting& setting) override {
    if (setting.id == "refused") throw std::invalid_argument("no such pair");
    applied = setting;
  }
  void schedule(std::vector<wan::Event> events) override { scheduled = std::move(events); }
  void reset_counters() override { ++resets; }
  WanReport report() const override {
    return {{5, 1us, 2us, 3ms},
            {},
            {{"a-b", 1, 0, 3, 1'000'000'000'000ULL, 7, 8, 9, BytesPerSecond{125e6}, true, false}},
            "+10ms",
            4};
  }
  WanSetting applied;
  std::vector<wan::Event> scheduled;
  int resets = 0;
};

}  // namespace

TEST(ControlProtocol, AppliesASettingAsItWas) {
  FakeEngine engine;
  const std::vector<PairWan> pairs{{0, 1, 10'794'321ns, 50us, {0.001}, {125e6}}, {1, 2, 0ns, 0ns, {0}, {0}}};
  read_answer(answer(engine, apply_request({"+10ms", pairs, {50ms, {0}}, 1ULL << 63})));
  EXPECT_EQ(engine.applied.id, "+10ms");
  EXPECT_EQ(engine.applied.pairs, pairs);
  EXPECT_EQ(engine.applied.queue, (WanQueue{50ms, {0}}));
  EXPECT_EQ(engine.applied.seed, 1ULL << 63);
}

TEST(ControlProtocol, RefusesNumbersThatAreNotWholeOrDoNotFit) {
  for (const auto* rtt : {"-1e190", "1.5", "9223372036854775808", "true"}) {
    FakeEngine engine;
    const auto said =
        answer(engine, fmt::format(R"({{"do":"apply","id":"x","pairs":[[0,1,{}]],"queue":[0,0],"seed":1}})", rtt));
    EXPECT_THAT(said, testing::HasSubstr("expected a whole number")) << rtt;
    EXPECT_TRUE(engine.applied.id.empty());
  }
}

TEST(ControlProtocol, SchedulesEventsAsTheyWere) {
  FakeEngine engine;
  const std::vector<wan::Event> events{{1s, wan::Event::Kind::cut, 3, 50ms, 1, 0},
                                       {2s, wan::Event::Kind::brownout, 0, wan::Event::kUnprotected, 0.1, 0.02}};
  read_answer(answer(engine, schedule_request(events)));
  ASSERT_EQ(engine.scheduled.size(), 2u);
  EXPECT_EQ(engine.scheduled[0].at, 1s);
  EXPECT_EQ(engine.scheduled[0].kind, wan::Event::Kind::cut);
  EXPECT_EQ(engine.scheduled[0].link, 3u);
  EXPECT_EQ(engine.scheduled[0].protection, 50ms);
  EXPECT_EQ(engine.scheduled[1].rate_share, 0.1);
  EXPECT_EQ(engine.scheduled[1].loss, 0.02);
}

TEST(ControlProtocol, Resets) {
  FakeEngine engine;
  read_answer(answer(engine, reset_request()));
  EXPECT_EQ(engine.resets, 1);
}

TEST(ControlProtocol, ReportsEveryFigureAsItWas) {
  FakeEngine engine;
  const auto report = read_answer(answer(engine, report_request()));
  EXPECT_EQ(report.lateness.packets, 5u);
  EXPECT_EQ(report.lateness.p50, 1us);
  EXPECT_EQ(report.lateness.p99, 2us);
  EXPECT_EQ(report.lateness.max, 3ms);
  ASSERT_EQ(report.links.size(), 1u);
  const auto& link = report.links[0];
  EXPECT_EQ(link.link, "a-b");
  EXPECT_EQ(link.from, 1u);
  EXPECT_EQ(link.to, 0u);
  EXPECT_EQ(link.member, 3);
  EXPECT_EQ(link.bytes, 1'000'000'000'000ULL);
  EXPECT_EQ(link.packets, 7u);
  EXPECT_EQ(link.drops, 8u);
  EXPECT_EQ(link.queue_max, 9u);
  EXPECT_EQ(link.rate.value, 125e6);
  EXPECT_TRUE(link.down);
  EXPECT_FALSE(link.avoided);
  EXPECT_EQ(report.setting, "+10ms");
  EXPECT_EQ(report.to_come, 4u);
}

TEST(ControlProtocol, ARefusalArrivesInTheEnginesWords) {
  FakeEngine engine;
  try {
    read_answer(answer(engine, apply_request({"refused", {}, {}, 1})));
    FAIL() << "not refused";
  } catch (const EnvironmentError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("no such pair"));
  }
}

TEST(ControlProtocol, GarbageIsAnsweredAndChangesNothing) {
  FakeEngine engine;
  for (const char* request :
       {"", "{", "[]", "42", "\"x\"", "{\"do\":\"fly\"}", "{\"do\":7}", "{\"do\":\"apply\"}", "\xff\xfe",
        R"({"do":"apply","id":"x","pairs":[[0]]})",
        R"({"do":"apply","id":"x","seed":1,"queue":[0,0],"pairs":[[0,1,-5,0,0,0]]})",
        R"({"do":"apply","id":"x","seed":1,"queue":[0,0],"pairs":[[0,1,5,0,2,0]]})",
        R"({"do":"schedule","events":[[0,9,0,0,1,0]]})", R"({"do":"schedule","events":[[0,2,0,0,0,0]]})"})
    EXPECT_THROW(read_answer(answer(engine, request)), EnvironmentError) << request;
  EXPECT_EQ(engine.resets, 0);
  EXPECT_EQ(engine.applied.id, "");
}

TEST(ControlProtocol, FramesComeWholeHoweverTheBytesArrive) {
  const auto bytes = framed("first") + framed("") + framed("third");
  FrameReader reader;
  std::vector<std::string> frames;
  for (const char byte : bytes) {
    reader.add({&byte, 1});
    while (const auto frame = reader.next()) frames.push_back(*frame);
  }
  EXPECT_EQ(frames, (std::vector<std::string>{"first", "", "third"}));
}

TEST(ControlProtocol, RefusesFramesWithoutEnd) {
  FrameReader reader;
  reader.add("\x7f\xff\xff\xff");
  EXPECT_THROW(reader.next(), EnvironmentError);
}

}  // namespace longhaul
