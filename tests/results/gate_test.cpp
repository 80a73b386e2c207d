#include "results/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

#include "gate_sample.hpp"
#include "golden.hpp"
#include "results/gate_output.hpp"
#include "sample_results.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

Acceptance spec_of(const std::string& require, const std::string& where = "{collective: all_reduce}") {
  return parse_acceptance("title: t\nrules:\n  - name: r\n    where: " + where + "\n    require: " + require + "\n",
                          "a.yaml");
}

GateReport judge(const std::string& require, const Results& run, const Results* baseline = nullptr, int look = 1) {
  return gate(spec_of(require), {"run.h5", &run, baseline, look});
}

/// busbw of 1 MiB over 16 ranks in 1 ms is 1.966 GB/s.
TEST(Gate, PassesWhereTheWholeIntervalIsOnTheGoodSide) {
  const auto run = run_of({1e-3});
  EXPECT_EQ(judge("{busbw: {at_least: 1.8 GB/s}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{algbw: {at_least: 1 GB/s}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{time: {at_most: 1.1 ms}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{time: {at_least: 0.9 ms}}", run).verdict, GateVerdict::pass);
}

TEST(Gate, FailsWhereTheWholeIntervalIsPastTheBoundAndSaysByHowMuch) {
  const auto report = judge("{busbw: {at_least: 2.5 GB/s}}", run_of({1e-3, 1e-3}));
  EXPECT_EQ(report.verdict, GateVerdict::fail);
  const auto* worst = report.rules[0].worst();
  EXPECT_EQ(worst->point.key, "point 0") << "1 MiB in the time of 2 MiB is half the bandwidth";
  EXPECT_NEAR(worst->value, 1.966e9, 0.03e9);
  EXPECT_NEAR(worst->excess, 2.5 / 1.966 - 1, 0.02);
  EXPECT_EQ(report.rules[0].findings[1].verdict, GateVerdict::pass);
}

TEST(Gate, IsInconclusiveWhereTheIntervalHoldsTheBoundAndSaysWhatWouldSettleIt) {
  const auto report = judge("{time: {at_most: 1 ms}}", run_of({1.004e-3}, 5, 0.01));
  EXPECT_EQ(report.verdict, GateVerdict::inconclusive);
  EXPECT_GT(report.rules[0].findings[0].more_units, 0);
}

TEST(Gate, CountsWhatWouldSettleItByTheNextLook) {
  // Visits beyond what it says settle it, were they as the ones before: twice as many visits of the same scatter do.
  const auto run = run_of({1.01e-3}, 6, 0.01);
  const auto first = judge("{time: {at_most: 1.017 ms}}", run, nullptr, 1).rules[0].findings[0];
  const auto fifth = judge("{time: {at_most: 1.017 ms}}", run, nullptr, 5).rules[0].findings[0];
  ASSERT_EQ(first.verdict, GateVerdict::inconclusive);
  EXPECT_LT(first.more_units, fifth.more_units) << "a later look is stricter";
}

TEST(Gate, KnowsThatMoreVisitsOfTheRunDoNotNarrowTheBaseline) {
  const auto shaky = run_of({1e-3}, 4, 0.05, 7), run = run_of({1.01e-3}, 20, 0.005);
  const auto finding = judge("{slowdown: {at_most: 5 %}}", run, &shaky).rules[0].findings[0];
  ASSERT_EQ(finding.verdict, GateVerdict::inconclusive);
  EXPECT_EQ(finding.more_units, -1) << "four visits of the baseline stray too far, whatever the run does";
  const auto once = run_of({1e-3}, 1, 0.05, 7);
  EXPECT_EQ(judge("{slowdown: {at_most: 5 %}}", run, &once).rules[0].findings[0].note,
            "one value in the baseline, no repetition");
}

TEST(Gate, ShowsTheInconclusiveFindingThatNeedsMost) {
  // The first is closer to its bound, and the second strays more.
  auto run = run_of({1e-3, 1e-3}, 6, 0.001);
  const auto wild = run_of({1e-3}, 6, 0.08);
  std::copy(wild.samples.begin(), wild.samples.end(), run.samples.begin() + 30);
  const auto report = judge("{time: {at_most: 1.0012 ms}}", run);
  ASSERT_EQ(report.verdict, GateVerdict::inconclusive);
  const RuleFinding& rule = report.rules[0];
  for (const auto& finding : rule.findings) {
    if (finding.verdict != GateVerdict::inconclusive) continue;
    const auto needed = [](int more) { return more < 0 ? most_more_units + 1 : more; };
    EXPECT_GE(needed(rule.worst()->more_units), needed(finding.more_units)) << finding.point.key;
  }
}

TEST(Gate, NeverConcludesFromOneVisit) {
  const auto report = judge("{time: {at_most: 1 s}}", run_of({1e-3}, 1));
  EXPECT_EQ(report.verdict, GateVerdict::inconclusive);
  EXPECT_EQ(report.rules[0].findings[0].note, "one value, no repetition");
  EXPECT_EQ(report.rules[0].findings[0].more_units, 1);
}

TEST(Gate, PassesARuleOnlyIfAllItsPointsPass) {
  const auto report = judge("{time: {at_most: 2 ms}}", run_of({1e-3, 1e-3, 1.99e-3}, 5, 0.02));
  EXPECT_EQ(report.verdict, GateVerdict::inconclusive);
  EXPECT_EQ(report.rules[0].worst()->point.key, "point 2");
}

TEST(Gate, ChoosesItsUnitsByThePointsThatABoundIsAbout) {
  auto run = run_of({1e-3, 1e-3}, 6);
  run.launches.resize(3);
  for (auto& visit : run.visits) visit.launch = visit.point == 0 ? visit.round / 2 : 0;
  run.points[1].operation = "all_gather";  // measured in one launch only, and no rule asks for it
  EXPECT_EQ(judge("{time: {at_most: 1.1 ms}}", run).level, Level::launches);
  const auto both = parse_acceptance(
      "rules:\n  - name: r\n    require: {time: {at_most: 1.1 ms}}\n  - name: data\n    require: {data: correct}\n",
      "a.yaml");
  EXPECT_EQ(gate(both, {"run.h5", &run, nullptr, 1}).level, Level::rounds);
  const auto data = parse_acceptance(
      "rules:\n  - name: r\n    where: {collective: all_reduce}\n    require: {time: {at_most: 1.1 ms}}\n"
      "  - name: data\n    require: {data: correct}\n",
      "a.yaml");
  EXPECT_EQ(gate(data, {"run.h5", &run, nullptr, 1}).level, Level::launches) << "a rule without a bound has no scatter";
  EXPECT_EQ(judge("{slowdown: {at_most: 5 %}}", run, &run).rules[0].findings[0].units, 3);
}

TEST(Gate, FailsBeforeItIsInconclusive) {
  EXPECT_EQ(judge("{time: {at_most: 2 ms}}", run_of({1.99e-3, 4e-3}, 5, 0.02)).verdict, GateVerdict::fail);
}

TEST(Gate, FailsARuleThatMatchesNothing) {
  const auto run = run_of({1e-3});
  const auto report = gate(spec_of("{data: correct}", "{wan: +10ms}"), {"run.h5", &run, nullptr, 1});
  EXPECT_EQ(report.verdict, GateVerdict::fail);
  EXPECT_EQ(report.rules[0].reasons.at(0), "matches no point of the run");
}

TEST(Gate, HoldsTimesAgainstABaseline) {
  const auto golden = run_of({1e-3}, 5, 0.005, 7), slow = run_of({1.2e-3}, 5, 0.005);
  EXPECT_EQ(judge("{slowdown: {at_most: 5 %}}", run_of({1e-3}, 5, 0.005), &golden).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{slowdown: {at_most: 5 %}}", slow, &golden).verdict, GateVerdict::fail);
  EXPECT_EQ(judge("{slowdown: {at_most: 5 %}}", slow).rules[0].findings[0].note, "no --baseline was given");
}

TEST(Gate, FailsOnWrongDataWhateverTheRuleIsAbout) {
  auto run = run_of({1e-3});
  run.points[0].wrong = 3;
  EXPECT_EQ(judge("{time: {at_most: 1 s}}", run).verdict, GateVerdict::fail);
  run.points[0].wrong = -1;
  EXPECT_EQ(judge("{time: {at_most: 1 s}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{data: correct}", run).verdict, GateVerdict::inconclusive) << "unchecked";
}

TEST(Gate, RequiresProvenanceAndVariablesByPattern) {
  const auto run = run_of({1e-3});
  EXPECT_EQ(judge("{provenance: {library: \"NCCL 2.28*\"}, environment: {NCCL_ALGO: Ring}}", run).verdict,
            GateVerdict::pass);
  const auto report = judge("{provenance: {library: \"NCCL 2.29*\"}, environment: {NCCL_PROTO: Simple}}", run);
  EXPECT_EQ(report.verdict, GateVerdict::fail);
  EXPECT_THAT(report.rules[0].reasons, testing::ElementsAre("library is 'NCCL 2.28.9', required 'NCCL 2.29*'",
                                                            "NCCL_PROTO is '', required 'Simple'"));
}

Results over(const std::string& transport, const std::string& nic) {
  auto run = run_of({1e-3, 2e-3});
  for (auto& visit : run.visits) {
    visit.transport = transport;
    visit.nic = nic;
  }
  return run;
}

TEST(Gate, HoldsWhatWasUsedAgainstWhatTheFigureWasAgreedFor) {
  const auto asks = "{transport: [NET/IB*, P2P*], nic: mlx5*}";
  EXPECT_EQ(judge(asks, over("NET/IB/GDRDMA,P2P/CUMEM", "mlx5_0:1,mlx5_1:1")).verdict, GateVerdict::pass);
  const auto failed = judge(asks, over("NET/Socket,P2P/CUMEM", "eth0"));
  EXPECT_EQ(failed.verdict, GateVerdict::fail);
  EXPECT_THAT(failed.rules[0].reasons,
              testing::ElementsAre("transport is 'NET/Socket' at 2 points, such as point 0; required NET/IB* or P2P*",
                                   "nic is 'eth0' at 2 points, such as point 0; required mlx5*"));
  const auto silent = judge(asks, over("library-chosen", "unknown"));
  EXPECT_EQ(silent.verdict, GateVerdict::inconclusive);
  EXPECT_EQ(silent.rules[0].reasons.at(0),
            "transport is not known at 2 points, such as point 0; required NET/IB* or P2P*");
  auto once = over("NET/IB/GDRDMA,P2P/CUMEM", "mlx5_0:1");
  once.visits.back().transport = "NET/Socket";
  EXPECT_EQ(judge(asks, once).verdict, GateVerdict::fail) << "one visit that went another way is one too many";
}

TEST(Gate, KeysRulesToSitesTransportAndLoad) {
  auto run = over("NET/IB", "mlx5_0:1");
  run.launches[0].sites = 2;
  run.points[1].load = 8;
  const auto points = [&](const std::string& where) {
    return gate(spec_of("{data: correct}", where), {"run.h5", &run, nullptr, 1}).rules[0].points;
  };
  EXPECT_EQ(points("{sites: 2}"), 2u);
  EXPECT_EQ(points("{sites: [1, 3]}"), 0u);
  EXPECT_EQ(points("{transport: NET/IB*}"), 2u);
  EXPECT_EQ(points("{transport: [P2P*, NET/Socket]}"), 0u);
  EXPECT_EQ(points("{load: none}"), 1u);
  EXPECT_EQ(points("{load: 8}"), 1u);
}

TEST(Gate, HoldsTheReadySpecToTheTransportItNames) {
  const auto spec = load_acceptance(LONGHAUL_SOURCE_DIR "/results/acceptance/h100-ndr400.yaml");
  auto run = over("P2P/CUMEM", "none");
  run.launches[0].backend = "nccl";
  for (auto& point : run.points) {
    point.ranks = 8;
    point.size = point.moved = std::int64_t{4} << 30;
  }
  const auto verdict_over = [&](const std::string& transport) {
    for (auto& visit : run.visits) visit.transport = transport;
    return gate(spec, {"run.h5", &run, nullptr, 1}).verdict;
  };
  EXPECT_EQ(verdict_over("P2P/CUMEM"), GateVerdict::pass) << "4 GiB in 1 and 2 ms: faster than asked";
  EXPECT_EQ(verdict_over("SHM/direct/direct"), GateVerdict::fail);
}

TEST(Gate, MeasuresUseOfTheLinkButFailsNoneByALowerBound) {
  auto run = run_of({1e-3});
  run.points[0].wire_rate = 0.5e9;
  run.points[0].wire_limit = 1e9;
  EXPECT_EQ(judge("{link_share: {at_least: 45 %}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{link_share: {at_least: 60 %}}", run).verdict, GateVerdict::fail);
  run.points[0].wire_rate_is_bound = 1;
  EXPECT_EQ(judge("{link_share: {at_least: 45 %}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{link_share: {at_least: 60 %}}", run).verdict, GateVerdict::inconclusive);
  const auto ceiling = judge("{link_share: {at_most: 60 %}}", run);
  EXPECT_EQ(ceiling.verdict, GateVerdict::inconclusive);
  EXPECT_EQ(ceiling.rules[0].findings[0].more_units, -1) << "no visit would settle it";
}

/// Four hosts of a rank each, of which one finishes by this factor later; in `launches` launches, each with the ranks
/// in the opposite order of the one before.
Results with_late_host(Results run, const std::string& late, double factor, int launches = 1) {
  run.launches.resize(static_cast<std::size_t>(launches));
  for (int launch = 0; launch < launches; ++launch) {
    run.launches[static_cast<std::size_t>(launch)].launch = launch;
    for (int rank = 0; rank < 4; ++rank) {
      RankRow row;
      row.launch = launch;
      row.rank = rank;
      row.host = "h" + std::to_string(launch % 2 == 0 ? rank : 3 - rank);
      run.ranks.push_back(row);
    }
  }
  for (auto& visit : run.visits) {
    visit.launch = visit.round % launches;
    for (const auto& rank : run.ranks) {
      if (rank.launch != visit.launch) continue;
      RankSummaryRow summary{visit.visit, rank.rank};
      summary.finish_median = visit.median * (rank.host == late ? factor : 1.0);
      run.rank_summary.push_back(summary);
    }
  }
  return run;
}

TEST(Gate, ComparesHosts) {
  const auto run = with_late_host(run_of({1e-3}), "h3", 1.3);
  EXPECT_EQ(judge("{host_spread: {at_most: 40 %}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{host_spread: {at_most: 10 %}}", run).verdict, GateVerdict::fail);
}

TEST(Gate, KnowsThatAnotherLaunchPutsRanksOnOtherHosts) {
  // Ranks 2 and 3 share a host in the first launch, each has its own in the second.
  auto run = with_late_host(run_of({1e-3}, 6), "h3", 1.3, 2);
  for (auto& rank : run.ranks)
    if (rank.launch == 0 && rank.host == "h2") rank.host = "h3";
  for (auto& row : run.rank_summary)
    if (run.visits[static_cast<std::size_t>(row.visit)].launch == 0 && row.rank == 2) row.finish_median *= 1.3;
  const auto report = judge("{host_spread: {at_most: 40 %}}", run);
  EXPECT_NEAR(report.rules[0].findings[0].value, 0.3, 1e-6) << "in either launch one host, by 30 %";
}

TEST(Gate, TakesTheSpreadOfHostsAndTimesBetweenTheSameUnits) {
  const auto report =
      judge("{host_spread: {at_most: 40 %}, time: {at_most: 1 s}}", with_late_host(run_of({1e-3}, 6), "h3", 1.3, 2));
  EXPECT_EQ(report.level, Level::launches);
  for (const auto& finding : report.rules[0].findings) EXPECT_EQ(finding.units, 2) << name_of(finding.bound.quantity);
}

Results soak_of(std::initializer_list<double> recoveries) {
  auto run = run_of({1e-3}, 1);
  for (const double recovery : recoveries) {
    EventRow event;
    event.at = 5.0 * static_cast<double>(run.events.size() + 1);
    event.kind = "cut";
    event.link = "a-b";
    event.recovery = recovery;
    event.stall = recovery / 2;
    event.finished = 100;
    run.events.push_back(event);
    event.kind = "restore";
    event.recovery = event.stall = unknown_value;
    run.events.push_back(event);
  }
  return run;
}

TEST(Gate, JudgesRecoveryFromEvents) {
  const auto run = soak_of({0.30, 0.33, 0.31, 0.29});
  EXPECT_EQ(judge("{recovery: {at_most: 500 ms}, stall: {at_most: 200 ms}}", run).verdict, GateVerdict::pass);
  EXPECT_EQ(judge("{recovery: {at_most: 200 ms}}", run).verdict, GateVerdict::fail);
  EXPECT_EQ(judge("{stall: {at_most: 100 ms}}", run).verdict, GateVerdict::fail);
  EXPECT_EQ(judge("{recovery: {at_most: 310 ms}}", run).verdict, GateVerdict::inconclusive);
  EXPECT_EQ(judge("{recovery: {at_most: 500 ms}}", soak_of({0.3})).verdict, GateVerdict::inconclusive);
  EXPECT_EQ(judge("{recovery: {at_most: 500 ms}}", run_of({1e-3})).verdict, GateVerdict::inconclusive);
}

TEST(Gate, FailsWhereTheRateDoesNotReturn) {
  const auto report = judge("{recovery: {at_most: 10 s}}", soak_of({0.30, unknown_value, 0.31}));
  EXPECT_EQ(report.verdict, GateVerdict::fail);
  EXPECT_THAT(report.rules[0].reasons,
              testing::ElementsAre(
                  "point 0: cut a-b at 15 s: 90 % of the rate before it did not return before the next event"));
}

TEST(Gate, GrowsStricterWithEachLook) {
  const auto run = run_of({1e-3});
  EXPECT_DOUBLE_EQ(judge("{data: correct}", run, nullptr, 1).spent, 1 - 0.05 / 2);
  EXPECT_DOUBLE_EQ(judge("{data: correct}", run, nullptr, 3).spent, 1 - 0.05 / 12);
}

TEST(Gate, CorrectsFailsForTheNumberOfPoints) {
  // At the bound exactly, some of 200 points fall past it by luck; none may be called failed.
  const auto run = run_of(std::vector<double>(200, 1e-3), 5, 0.01);
  const auto report = judge("{time: {at_most: 1 ms}}", run);
  for (const auto& finding : report.rules[0].findings)
    EXPECT_NE(finding.verdict, GateVerdict::fail) << finding.point.key;
}

TEST(Gate, RefusesFilesThatAreNotTheRealThing) {
  const auto run = sample::results();
  EXPECT_THAT(kinds_of(run), testing::ElementsAre("scaled", "flagged"));
  const auto spec = spec_of("{data: correct}");
  EXPECT_THROW(expect_acceptable(run, "run.h5", spec, {}), UsageError);
  EXPECT_THROW(expect_acceptable(run, "run.h5", spec, {"scaled"}), UsageError);
  EXPECT_NO_THROW(expect_acceptable(run, "run.h5", spec, {"scaled", "flagged"}));
  auto doubled = run_of({1e-3});
  doubled.launches[0].flags = "doubles";
  EXPECT_THAT(kinds_of(doubled), testing::ElementsAre("doubles"));
  auto over_plugin = run_of({1e-3});
  over_plugin.launches[0].library = "plugin TCP (Longhaul, v11), 1 channel × 4 MiB, ring 0-1";
  EXPECT_THAT(kinds_of(over_plugin), testing::ElementsAre("plugin"));
}

TEST(Gate, JudgesAThousandPointsWithinASecondOfProcessorTime) {
  const auto run = run_of(std::vector<double>(1000, 1e-3), 20);
  const auto begin = std::clock();
  EXPECT_EQ(judge("{time: {at_most: 1.1 ms}, busbw: {at_least: 1 GB/s}}", run).rules[0].points, 1000u);
  EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC);
}

TEST(GateOutput, ShowsAnIntervalThatNoDurationHolds) {
  auto run = run_of({1e-3}, 2, 0.1);
  for (std::size_t i = 5; i < 10; ++i) run.samples[i].duration *= 1e5;  // of the second visit: a stall
  EXPECT_THAT(gate_table(judge("{time: {at_most: 30 s}}", run)), HasSubstr("e+"));
}

TEST(GateOutput, TellsAFailingPointFromOneThatDiffersInOneAxisOnly) {
  auto run = run_of({1e-3, 4e-3});
  run.points[1].size = run.points[1].moved = run.points[0].moved;
  run.points[1].in_place = 1;
  EXPECT_THAT(gate_table(judge("{time: {at_most: 2 ms}}", run)),
              HasSubstr("flat all_reduce of 1 MiB at native (in place) has time"));
}

GateReport golden_report() {
  static const auto run = run_of({1e-3, 1.0e-3, 2.2e-3}, 4, 0.01);
  const auto spec = parse_acceptance(
      "title: Two nodes\nrules:\n  - name: floor <of> busbw\n    require: {busbw: {at_least: 3.5 GB/s}, time: "
      "{at_most: 2.2 ms}}\n"
      "  - name: correct\n    require: {data: correct}\n"
      "  - name: the right library\n    require: {provenance: {library: NCCL 2.29*}}\n",
      "a.yaml");
  return gate(spec, {"run.h5", &run, nullptr, 1});
}

TEST(GateOutput, TableIsAsTheGoldenFile) { expect_golden("gate.txt", gate_table(golden_report())); }
TEST(GateOutput, JUnitIsAsTheGoldenFile) { expect_golden("gate.xml", gate_junit(golden_report())); }

TEST(GateOutput, JsonNamesVerdictsAndIntervals) {
  const auto document = nlohmann::json::parse(gate_json(golden_report()));
  EXPECT_EQ(document["verdict"], "fail");
  const auto& finding = document["rules"][0]["findings"][0];
  EXPECT_LT(finding["low"], finding["value"]);
  EXPECT_LT(finding["value"], finding["high"]);
}

}  // namespace
}  // namespace longhaul
