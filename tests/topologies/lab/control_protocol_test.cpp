#include "topologies/lab/control_protocol.hpp"

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
  void reset_counters() override { ++resets; }
  WanReport report() const override {
    return {{5, 1us, 2us, 3ms}, {{"a-b", 1, 0, 3, 1'000'000'000'000ULL, 7, 8, 9, BytesPerSecond{125e6}}}};
  }
  WanSetting applied;
  int resets = 0;
};

}  // namespace

TEST(ControlProtocol, AppliesASettingAsItWas) {
  FakeEngine engine;
  read_answer(answer(engine, apply_request({"+10ms", {{0, 1, 10'794'321ns}, {1, 2, 0ns}}})));
  EXPECT_EQ(engine.applied.id, "+10ms");
  EXPECT_EQ(engine.applied.pairs, (std::vector<PairWan>{{0, 1, 10'794'321ns}, {1, 2, 0ns}}));
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
}

TEST(ControlProtocol, ARefusalArrivesInTheEnginesWords) {
  FakeEngine engine;
  try {
    read_answer(answer(engine, apply_request({"refused", {}})));
    FAIL() << "not refused";
  } catch (const EnvironmentError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("no such pair"));
  }
}

TEST(ControlProtocol, GarbageIsAnsweredAndChangesNothing) {
  FakeEngine engine;
  for (const char* request :
       {"", "{", "[]", "42", "\"x\"", "{\"do\":\"fly\"}", "{\"do\":7}", "{\"do\":\"apply\"}", "\xff\xfe",
        R"({"do":"apply","id":"x","pairs":[[0]]})", R"({"do":"apply","id":"x","pairs":[[0,1,-5]]})"})
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
