#include "topologies/wan_qualities.hpp"

#include <gtest/gtest.h>

#include "tests/topologies/raises.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(WanQualities, ReadsEachOnceInAnyOrder) {
  const auto all = parse_qualities("loss=0.1% : rate = 2.5 Gbit/s:jitter=50us:queue=20ms");
  EXPECT_EQ(all.jitter, 50us);
  EXPECT_DOUBLE_EQ(all.loss->value, 0.001);
  EXPECT_DOUBLE_EQ(bits_per_second(*all.rate), 2.5e9);
  EXPECT_EQ(all.queue.time, 20ms);
  EXPECT_EQ(text_of(all), ":jitter=50us:loss=0.1%:rate=2.5Gbit/s:queue=20ms");
}

TEST(WanQualities, OfNormalisedTextIsItself) {
  for (const char* text : {"jitter=1.5ms", "loss=0.001%", "rate=400Mbit/s", "queue=4194304B", "jitter=0ms:loss=0%"})
    EXPECT_EQ(text_of(parse_qualities(text)), ":" + std::string(text));
}

TEST(WanQualities, SayWhatIsWrong) {
  const auto error = [](const char* text) { return usage_error_of([&] { parse_qualities(text); }); };
  EXPECT_EQ(error("los=1%"),
            "'los=1%' is no quality; did you mean 'loss'? expected jitter=TIME, loss=SHARE, rate=RATE, queue=TIME or "
            "queue=BYTES");
  EXPECT_EQ(error("loss=1%:loss=2%"), "'loss' is given twice");
  EXPECT_EQ(error("loss=100%"), "'100%' loses everything; expected less than 100 %");
  EXPECT_EQ(error("rate=0 bit/s"), "'0 bit/s' carries nothing; expected more than 0");
  EXPECT_EQ(error("queue=0 B"), "a queue of '0 B' takes nothing; expected more than 0");
  EXPECT_EQ(error("jitter=1min"), "a jitter of '1min' is more than 10 s");
}

}  // namespace
}  // namespace longhaul
