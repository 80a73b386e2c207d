#include "topologies/segment_wan.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tests/topologies/raises.hpp"
#include "topologies/load.hpp"
#include "topologies/wan_events.hpp"
#include "topologies/wan_report.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kNorth = 0, kEast = 2;

Topology mesh() { return load_topology("three-campus-mesh"); }

wan::MappedSegment shared_by_mesh(std::size_t sites = 3) {
  static int count = 0;
  return wan::MappedSegment::create("segment-wan-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count),
                                    sites, false);
}

wan::Event cut_of(const Topology& topology) {
  wan::Event event;
  event.kind = wan::Event::Kind::cut;
  event.link = link_named(topology, "north-east");
  return event;
}

bool is_cut(const wan::SharedWay& way) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return std::any_of(way.outages.begin(), way.outages.end(),
                     [now](const auto& outage) { return outage.begin <= now && now < outage.end; });
}

void await_steps(SegmentWan& control) {
  while (control.report().to_come > 0) std::this_thread::sleep_for(1ms);
}

TEST(SegmentWan, WritesWhatASettingAsksFor) {
  const auto topology = mesh();
  auto segment = shared_by_mesh();
  const auto seen = wan::MappedSegment::open(segment.path());
  SegmentWan control(std::move(segment), topology);
  control.apply(resolve_wan("north-east=20ms:jitter=1ms", topology));
  EXPECT_EQ(seen->way(kNorth, kEast).delay, Duration(10ms).count());
  EXPECT_EQ(seen->way(kEast, kNorth).jitter, Duration(1ms).count());
  EXPECT_EQ(seen->topology.get(), "three-campus-mesh");
  EXPECT_EQ(seen->site_names[kEast].get(), topology.sites[kEast].name);
  EXPECT_EQ(control.report().setting, seen->setting.get());
}

TEST(SegmentWan, AnotherGoesOnFromWhatIsInForce) {
  const auto topology = mesh();
  auto segment = shared_by_mesh();
  const auto path = segment.path();
  const auto seen = wan::MappedSegment::open(path);
  const std::vector<wan::Event> cut{cut_of(topology)};
  {
    SegmentWan first(std::move(segment), topology);
    first.apply(resolve_wan("north-east=20ms", topology));
    first.schedule(cut);
    await_steps(first);
  }
  EXPECT_TRUE(is_cut(seen->way(kNorth, kEast)));

  SegmentWan second(wan::MappedSegment::open(path), topology);
  wan::Event loss;  // on another link: the first one stays cut, and the setting what it was
  loss.kind = wan::Event::Kind::brownout;
  loss.link = cut.front().link == 0 ? 1 : 0;
  loss.loss = 0.5;
  const std::vector<wan::Event> brownout{loss};
  second.schedule(brownout);
  await_steps(second);
  EXPECT_TRUE(is_cut(seen->way(kNorth, kEast)));
  EXPECT_EQ(seen->way(kNorth, kEast).delay, Duration(10ms).count());

  wan::Event end;
  end.link = cut.front().link;
  const std::vector<wan::Event> restore{end};
  second.schedule(restore);
  await_steps(second);
  EXPECT_FALSE(is_cut(seen->way(kNorth, kEast)));
}

TEST(SegmentWan, ReportsBytesOnEachLinkAndLatenessAlsoForAnotherHostToJoin) {
  const auto topology = mesh();
  auto segment = shared_by_mesh();
  const auto seen = wan::MappedSegment::open(segment.path());
  SegmentWan control(std::move(segment), topology);
  control.apply(resolve_wan("native", topology));
  seen->way(kNorth, kEast).bytes = 1000;
  seen->way(kNorth, kEast).stalls = 2;
  wan::add(seen->lateness, 1ms);
  const auto report = control.report();
  const auto all = joined({WanReport{}, report, parse_report(text_of(report))});
  EXPECT_EQ(all.setting, "native");
  EXPECT_EQ(all.lateness.packets, 2u);
  EXPECT_EQ(all.lateness.p50, 1ms);
  ASSERT_EQ(all.links.size(), 2 * topology.links.size());
  const auto link = std::ranges::find_if(all.links, [](const LinkCounters& each) { return each.bytes > 0; });
  ASSERT_NE(link, all.links.end());
  EXPECT_EQ(link->from, kNorth);
  EXPECT_EQ(link->bytes, 2000u);
  EXPECT_EQ(link->drops, 4u);
}

TEST(SegmentWan, NeutralisedImposesNothing) {
  const auto topology = mesh();
  auto segment = shared_by_mesh();
  const auto seen = wan::MappedSegment::open(segment.path());
  SegmentWan control(std::move(segment), topology);
  control.apply(resolve_wan("+20ms:loss=1%:rate=1Gbit/s", topology));
  const std::vector<wan::Event> cut{cut_of(topology)};
  control.schedule(cut);
  await_steps(control);
  wan::neutralise(*seen);
  EXPECT_FALSE(is_cut(seen->way(kNorth, kEast)));
  EXPECT_EQ(seen->way(kNorth, kEast).delay, 0);
  EXPECT_EQ(seen->way(kNorth, kEast).loss, 0);
  EXPECT_EQ(seen->way(kNorth, kEast).rate.bytes_per_second, 0u);
}

TEST(SegmentWan, RefusesAnotherTopologysSegment) {
  EXPECT_THAT(usage_error_of([] { SegmentWan(shared_by_mesh(2), mesh()); }),
              testing::HasSubstr("with 2 sites, not of 'three-campus-mesh' with 3"));
  auto segment = shared_by_mesh();
  const auto path = segment.path();
  auto other = mesh();
  other.name = "another";
  const SegmentWan first(std::move(segment), other);
  EXPECT_THAT(usage_error_of([&] { SegmentWan(wan::MappedSegment::open(path), mesh()); }),
              testing::HasSubstr("is that of topology 'another'"));
}

}  // namespace
}  // namespace longhaul
