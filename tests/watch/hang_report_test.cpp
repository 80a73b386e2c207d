#include "harness/watch/hang_report.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "collectives/progress.hpp"

namespace longhaul {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RankReport rank(int number, std::uint64_t sequence, std::uint32_t state, const std::string& process = "running") {
  return {number,
          100 + number,
          state,
          sequence,
          "all_reduce #" + std::to_string(sequence) + " (4 MiB)",
          "sampling",
          31,
          process,
          "libmpi.so.40 PMPI_Allreduce +0x1f2\nlonghaul main +0x10"};
}

/// Ranks 0, 1 and 3 wait in #1842; rank 2 has left #1841 and stopped.
HangReport one_stopped() {
  HangReport report{"rank 0 (a1) has not moved for 30 s", 30, "run.h5", "run.h5.hang.json", {}};
  report.hosts = {{"a1",
                   "a",
                   {0, 1},
                   true,
                   {rank(0, 1842, Progress::entered), rank(1, 1842, Progress::entered)},
                   {{"a", "b", 0.0108}},
                   ""},
                  {"b1",
                   "b",
                   {2, 3},
                   true,
                   {rank(2, 1841, Progress::left, "stopped"), rank(3, 1842, Progress::entered)},
                   {{"b", "a", -1}},
                   ""}};
  return report;
}

}  // namespace

TEST(HangReport, NamesTheDeviceOfWhoIsMissing) {
  auto report = one_stopped();
  report.hosts[1].ranks[0].device = "0000:1b:00.0";
  EXPECT_THAT(text_of(report), HasSubstr("rank 2 (b1, 0000:1b:00.0): sampling for 31 s after all_reduce #1841"));
  const auto again = host_report_of(line_of(report.hosts[1]));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ranks[0].device, "0000:1b:00.0");
}

TEST(HangReport, NamesWhoWaitsWhoNeverEnteredAndTheLinks) {
  const auto text = text_of(one_stopped());
  EXPECT_THAT(text, HasSubstr("longhaul: stuck at all_reduce #1842 (4 MiB): rank 0 (a1) has not moved for 30 s\n"));
  EXPECT_THAT(text, HasSubstr("waiting in it ranks 0-1,3 for 31 s\n"));
  EXPECT_THAT(text, HasSubstr("rank 2 (b1): sampling for 31 s after all_reduce #1841 (4 MiB); process stopped\n"));
  EXPECT_THAT(text, HasSubstr("b→a does not answer · a→b answers in 10.8 ms"));
  EXPECT_THAT(text, HasSubstr("rank 2: libmpi.so.40 PMPI_Allreduce < longhaul main"));
  EXPECT_THAT(text, HasSubstr("run.h5.hang.json"));
  EXPECT_LE(std::ranges::count(text, '\n'), 10);
  EXPECT_EQ(code_of(one_stopped()), ExitCode::hung);
}

TEST(HangReport, TellsWhoIsStoppedInTheCollectiveFromWhoWaits) {
  auto report = one_stopped();
  report.hosts[1].ranks[0] = rank(2, 1842, Progress::entered, "stopped");
  const auto text = text_of(report);
  EXPECT_THAT(text, HasSubstr("waiting in it ranks 0-1,3 for 31 s\n"));
  EXPECT_THAT(text, HasSubstr("halted in it  rank 2 (b1): sampling for 31 s"));
  EXPECT_THAT(text, HasSubstr("process stopped\n"));
}

TEST(HangReport, StaysShortWhenHundredsOfRanksStand) {
  auto report = one_stopped();
  for (int number = 4; number < 512; ++number) report.hosts[1].ranks.push_back(rank(number, 1841, Progress::left));
  const auto text = text_of(report);
  EXPECT_LE(std::ranges::count(text, '\n'), 14);
  EXPECT_THAT(text, HasSubstr("and 505 more: ranks 7-511\n"));
}

TEST(HangReport, ALostHostIsTheEnvironmentsFault) {
  auto report = one_stopped();
  report.hosts[1].answered = false;
  report.hosts[1].ranks.clear();
  EXPECT_EQ(code_of(report), ExitCode::environment);
  EXPECT_THAT(text_of(report), HasSubstr("no answer     host b1 (ranks 2-3)\n"));
  report = one_stopped();
  report.hosts[1].ranks[0].process = "gone";
  EXPECT_EQ(code_of(report), ExitCode::environment);
  EXPECT_THAT(text_of(report), Not(HasSubstr("never entered")));
}

TEST(HangReport, AHostsReportTravelsWhole) {
  auto host = one_stopped().hosts[1];
  host.ras = "{\"communicators\": []}\n";
  const auto again = host_report_of(line_of(host)).value();
  EXPECT_EQ(line_of(again), line_of(host));
  EXPECT_THAT(line_of(host), Not(HasSubstr("\n")));
  EXPECT_LT(again.links[0].rtt, 0);
  EXPECT_EQ(again.ranks[0].stack, host.ranks[0].stack);
}

TEST(HangReport, WhatIsNoHostsReportIsNone) {
  for (const auto* text : {"", "x", "[]", "{}", R"({"host":1})"}) EXPECT_FALSE(host_report_of(text)) << text;
}

TEST(HangReport, TheAccountHoldsWhatRasSaysAsJsonWhereItIs) {
  auto report = one_stopped();
  report.hosts[0].ras = "{\"communicators\": [7]}\n";
  report.hosts[1].ras = "Internal error \xff";
  const auto hosts = nlohmann::json::parse(json_of(report)).at("hosts");
  EXPECT_EQ(hosts.at(0).at("nccl_ras").at("communicators").at(0), 7);
  EXPECT_EQ(hosts.at(1).at("nccl_ras"), "Internal error \xef\xbf\xbd");
}

TEST(HangReport, SaysNothingOfVisitsWhereNothingIsMeasured) {
  auto report = one_stopped();
  report.file = "";
  EXPECT_THAT(text_of(report), Not(HasSubstr("Finished visits")));
  EXPECT_THAT(text_of(report), HasSubstr("  All that was seen is in run.h5.hang.json\n"));
}

TEST(HangReport, TheAccountIsJsonWithEveryRank) {
  const auto json = nlohmann::json::parse(json_of(one_stopped()));
  EXPECT_EQ(json.at("exit_code"), 5);
  EXPECT_EQ(json.at("hosts").at(1).at("ranks").at(0).at("process"), "stopped");
  EXPECT_TRUE(json.at("hosts").at(1).at("links").at(0).at("rtt_s").is_null());
}

}  // namespace longhaul
