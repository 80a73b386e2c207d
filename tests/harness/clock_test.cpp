#include "harness/clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "topologies/error.hpp"
#include "virtual_network.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(EstimateOffset, TakesTheFastestPing) {
  const std::vector<Ping> pings = {
      {0us, 1'000'300us, 500us}, {1'000us, 1'001'050us, 1'100us}, {2'000us, 1'002'900us, 3'000us}};
  const ClockOffset offset = estimate_offset(pings);
  EXPECT_EQ(offset.offset, 1s);
  EXPECT_EQ(offset.local, 1'050us);
  EXPECT_EQ(offset.least_rtt, 100us);
  EXPECT_EQ(offset.bound, 50us);
}

TEST(EstimateOffset, IsAsUncertainAsTheFastestPingsDisagree) {
  const std::vector<Ping> pings = {
      {0us, 52us, 100us}, {200us, 250us, 302us}, {400us, 455us, 504us}, {600us, 9'600us, 10'600us}};
  // Offsets of the three fastest: 2, −1, 3 µs; the others are 3 and 1 µs from the first. The fourth, slow and 4 ms off,
  // does not count.
  EXPECT_EQ(estimate_offset(pings).uncertainty, 2us);
}

TEST(EstimateOffset, KnowsOnlyTheBoundFromOnePing) {
  const ClockOffset offset = estimate_offset(std::vector<Ping>{{0us, 50us, 100us}});
  EXPECT_EQ(offset.uncertainty, 50us);
}

TEST(EstimateOffset, WithoutAPingIsAnError) { EXPECT_THROW(estimate_offset({}), EnvironmentError); }

TEST(FitDrift, FollowsAClockThatRunsFiftyPpmFast) {
  std::vector<ClockOffset> points;
  for (int i = 0; i < 5; ++i) points.push_back({i * 1s, -5s + i * 50us, 1us, 100us, 200us});
  const GlobalClock clock = fit_drift(points);
  EXPECT_NEAR(clock.drift, 50e-6, 1e-8);
  EXPECT_EQ(clock.reference, 2s);
  EXPECT_NEAR(static_cast<double>((clock.to_global(4s) - (-1s + 200us)).count()), 0, 50);
  EXPECT_EQ(clock.uncertainty, 1us);  // of one burst: what bursts have in common does not average out
}

TEST(FitDrift, FromOneBurstTakesNoDriftButKnowsThatThereMayBeOne) {
  const GlobalClock clock = fit_drift(std::vector<ClockOffset>{{10s, 5s, 1us, 100us, 200us}});
  EXPECT_EQ(clock.drift, 0);
  EXPECT_EQ(clock.to_global(10s), 15s);
  EXPECT_NEAR(static_cast<double>(clock.uncertainty_at(11s).count()), 100e3, 100);  // 100 ppm of a second
}

TEST(FitDrift, DoesNotTakeJitterOfTwoCloseBurstsForDrift) {
  const std::vector<ClockOffset> points = {{0s, 0us, 10us, 100us, 200us},
                                           {1ms, 20us, 10us, 100us, 200us}};  // 20,000 ppm
  EXPECT_LT(std::abs(fit_drift(points).drift), 10e-6);
}

TEST(FitDrift, IsLessSureWhereBurstsDisagreeMoreThanTheyClaim) {
  std::vector<ClockOffset> points;
  for (int i = 0; i < 6; ++i) points.push_back({i * 1s, i % 2 == 0 ? 20us : -20us, 1us, 100us, 200us});
  EXPECT_GT(fit_drift(points).uncertainty, 15us);
}

TEST(FitDrift, WithoutASyncPointIsAnError) { EXPECT_THROW(fit_drift({}), EnvironmentError); }

TEST(GlobalClock, ReturnsToWhereItCameFrom) {
  const GlobalClock clock{.reference = 100s, .offset = -5s, .drift = 50e-6};
  for (const Duration local : {0s, 100s, 100'000s})
    EXPECT_LE(std::abs((clock.to_local(clock.to_global(local)) - local).count()), 1);
  EXPECT_EQ(clock.to_global(101s), 96s + 50us);
}

TEST(Compose, IsOneAfterTheOther) {
  const GlobalClock parent{90s, 5s, 20e-6, 3us, 3e-6, 50us}, child{100s, -8s, -50e-6, 4us, 4e-6, 10us};
  const GlobalClock both = compose(parent, child);
  for (const Duration local : {50s, 100s, 1'000s})
    EXPECT_LE(std::abs((both.to_global(local) - parent.to_global(child.to_global(local))).count()), 2) << local.count();
  EXPECT_NEAR(static_cast<double>(both.uncertainty.count()), 7'810, 10);  // 3, 4, and 3 ppm of 2 s, in quadrature
  EXPECT_NEAR(both.drift_uncertainty, 5e-6, 1e-12);
  EXPECT_EQ(both.bound, 60us);
}

// --- a virtual network, offsets of ± 5 s, drifts of ± 50 ppm ---------------------------------------------------------

TEST(Synchronised, OverSymmetricPathsIsWithinMicrosecondsOfWhatItClaims) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    VirtualNetwork network(seed);
    network.clocks[1] = {seed % 2 == 0 ? Duration{5s} : Duration{-5s}, seed % 3 == 0 ? 50e-6 : -50e-6};
    const GlobalClock clock = synchronise(network, {5ms, 5ms}, 6, 1s);
    const Duration off = std::chrono::abs(error(network, clock));
    const Duration claimed = clock.uncertainty_at(network.clocks[1].read(network.now));
    EXPECT_LE(off, claimed + 3us) << seed;
    EXPECT_LE(off, clock.bound) << seed;
    EXPECT_LE(claimed, 50us) << seed;  // of use: a path of 10 ms known to half a percent
    EXPECT_NEAR(clock.drift, -network.clocks[1].drift, 10e-6) << seed;
  }
}

TEST(Synchronised, OverAnAsymmetricPathIsOffByHalfTheAsymmetryAndWithinTheBound) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    VirtualNetwork network(seed);
    network.clocks[1] = {-5s, 50e-6};
    const GlobalClock clock = synchronise(network, {8ms, 2ms}, 6, 1s);
    // Asked 8 ms there and 2 ms back: the answerer is read 3 ms later than the middle, so it seems 3 ms ahead.
    EXPECT_NEAR(static_cast<double>(error(network, clock).count()), 3e6, 60e3) << seed;
    EXPECT_LE(std::chrono::abs(error(network, clock)), clock.bound) << seed;
  }
}

TEST(Synchronised, StaysWithinItsGrowingUncertaintyMinutesLater) {
  int outside = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    VirtualNetwork network(seed);
    network.clocks[1] = {5s, 50e-6};
    const GlobalClock clock = synchronise(network, {50us, 50us}, 10, 2s);
    network.now += 60s;
    const Duration claimed = clock.uncertainty_at(network.clocks[1].read(network.now));
    outside += std::chrono::abs(error(network, clock)) > 2 * claimed;
    EXPECT_LT(claimed, 200us) << seed;
  }
  EXPECT_LE(outside, 10);
}

TEST(Synchronised, OverATreeOfSitesEveryRankIsWithinItsBoundAndNearItsUncertainty) {
  const std::vector<std::vector<int>> sites = {{0, 1, 2, 3, 4}, {5, 6, 7}, {8, 9, 10, 11}};
  const auto site_of = [&](int rank) { return rank < 5 ? 0 : rank < 8 ? 1 : 2; };
  VirtualNetwork network(3);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> either(-1, 1);
  std::map<int, Ways> path_to_parent;
  std::map<int, std::vector<ClockOffset>> points;
  for (int rank = 1; rank < 12; ++rank)
    network.clocks[rank] = {Duration{std::llround(5e9 * either(random))}, 50e-6 * either(random)};
  for (int burst = 0; burst < 6; ++burst, network.now += 1s)
    for (const SyncStep& step : sync_tree(sites))
      for (const auto& [parent, child] : step) {
        const Duration way = site_of(parent) == site_of(child) ? Duration{50us} : Duration{5ms};
        const Duration skew =
            site_of(parent) == site_of(child) ? Duration{0} : Duration{100us};  // each rank its own asymmetric path
        points[child].push_back(estimate_offset(network.ping(child, parent, {way + child * skew, way}, 40)));
      }
  std::map<int, GlobalClock> clocks = {{0, {}}};
  for (const SyncStep& step : sync_tree(sites))
    for (const auto& [parent, child] : step) clocks[child] = compose(clocks.at(parent), fit_drift(points[child]));
  for (int rank = 1; rank < 12; ++rank) {
    const Duration claimed = clocks[rank].uncertainty_at(network.clocks[rank].read(network.now));
    const Duration hidden = rank < 5 ? Duration{0} : (rank < 8 ? 5 : 8) * 50us;  // half its leader's asymmetry
    EXPECT_LE(std::chrono::abs(error(network, clocks[rank], rank)), clocks[rank].bound) << rank;
    EXPECT_LE(std::chrono::abs(error(network, clocks[rank], rank) - hidden), 3 * claimed + 5us) << rank;
  }
}

// --- the tree
// ---------------------------------------------------------------------------------------------------------

TEST(SyncTree, GoesFromRankZeroToLeadersToTheRanksOfASite) {
  const auto steps = sync_tree({{0, 1, 2}, {3, 4, 5, 6}});
  ASSERT_EQ(steps.size(), 3u);  // one between sites, two within
  EXPECT_EQ(steps[0], (SyncStep{{0, 3}}));
  EXPECT_EQ(steps[1], (SyncStep{{0, 1}, {3, 4}}));
  EXPECT_EQ(steps[2], (SyncStep{{0, 2}, {3, 5}, {4, 6}}));
}

TEST(SyncTree, StartsAtRankZeroWhereverItStands) {
  const auto steps = sync_tree({{4, 5}, {}, {7, 0, 6}});
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0], (SyncStep{{0, 4}}));
  EXPECT_EQ(steps[1], (SyncStep{{0, 7}, {4, 5}}));
  EXPECT_EQ(steps[2], (SyncStep{{0, 6}}));
}

TEST(SyncTree, ReachesEveryRankOnceAfterItsParentInLogarithmicallyManySteps) {
  std::vector<std::vector<int>> sites(5);
  for (int rank = 0; rank < 333; ++rank) sites[static_cast<std::size_t>(rank % 5)].push_back(rank);
  const auto steps = sync_tree(sites);
  EXPECT_EQ(steps.size(), 3u + 7u);  // 5 sites, 67 ranks at most
  std::set<int> known = {0};
  for (const SyncStep& step : steps) {
    std::set<int> busy;
    for (const auto& [parent, child] : step) {
      EXPECT_TRUE(known.contains(parent)) << parent;
      EXPECT_FALSE(known.contains(child)) << child;
      EXPECT_TRUE(busy.insert(parent).second && busy.insert(child).second) << parent << ' ' << child;
    }
    for (const auto& pair : step) known.insert(pair.child);
  }
  EXPECT_EQ(known.size(), 333u);
}

TEST(SyncTree, OfOneRankHasNoSteps) { EXPECT_TRUE(sync_tree({{0}}).empty()); }

TEST(SyncTree, WithoutRankZeroIsAnError) { EXPECT_THROW(sync_tree({{1, 2}, {3}}), UsageError); }

TEST(ClockLimited, BeginsBelowFiftyTimesTheUncertainty) {
  EXPECT_FALSE(clock_limited(50us, 1us));
  EXPECT_TRUE(clock_limited(49us, 1us));
  EXPECT_FALSE(clock_limited(1us, 0us));
}

}  // namespace
}  // namespace longhaul
