#include "topologies/wan/outages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longhaul::wan {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Site 0 to site 1 directly, or by way of site 2.
const std::vector<Edge> kTriangle{{0, 1, 1ms}, {0, 2, 2ms}, {1, 2, 2ms}};

std::vector<Interruption> with(std::initializer_list<Event> events, Time now = 0s) {
  Timeline timeline(kTriangle.size());
  for (const auto& event : events) timeline.add(event);
  while (timeline.take(now)) {
  }
  return interruptions(timeline, 3, kTriangle, 0, 1, now);
}

TEST(Interruptions, AreNoneWhereNothingIsCut) {
  EXPECT_THAT(with({}), IsEmpty());
  EXPECT_THAT(with({{1s, Event::Kind::brownout, 0, Event::kUnprotected, 0.1, 0.01}}), IsEmpty());
  EXPECT_THAT(with({{1s, Event::Kind::cut, 1}}), IsEmpty()) << "another way's link";
}

TEST(Interruptions, EndWithTheRestoreOrTheWayRound) {
  EXPECT_THAT(with({{1s, Event::Kind::cut, 0}, {3s, Event::Kind::restore, 0}}), ElementsAre(Interruption{1s, 3s}));
  EXPECT_THAT(with({{1s, Event::Kind::cut, 0, 50ms}, {3s, Event::Kind::restore, 0}}),
              ElementsAre(Interruption{1s, 1050ms}));
}

TEST(Interruptions, MayHaveNoEndInSight) {
  EXPECT_THAT(with({{1s, Event::Kind::cut, 0}}), ElementsAre(Interruption{1s, Time::max()}));
}

TEST(Interruptions, GoOnWhereTheWayRoundIsCutToo) {
  EXPECT_THAT(with({{1s, Event::Kind::cut, 2}, {1s, Event::Kind::cut, 0, 50ms}, {2s, Event::Kind::restore, 2}}),
              ElementsAre(Interruption{1s, 2s}));
}

TEST(Interruptions, UnderWayBeginNow) {
  EXPECT_THAT(with({{1s, Event::Kind::cut, 0}, {3s, Event::Kind::restore, 0}}, 2s), ElementsAre(Interruption{2s, 3s}));
}

}  // namespace
}  // namespace longhaul::wan
