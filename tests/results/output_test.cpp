#include "results/output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "golden.hpp"
#include "results/csv.hpp"
#include "results/json.hpp"
#include "results/markdown.hpp"
#include "results/nccl_tests.hpp"
#include "results/terminal_table.hpp"
#include "sample_results.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;
using testing::Not;

/// One point of 1 MiB that took 2 ms, converged.
PointRow plain_point() {
  auto point = sample::point_of("all_reduce", 1 << 20);
  point.wan = "+10ms";
  point.launches = point.rounds = point.visits = 1;
  point.samples = 100;
  point.median = 2e-3;
  point.ci_low = 1.98e-3;
  point.ci_high = 2.04e-3;
  point.algbw = (1 << 20) / 2e-3;
  point.busbw = point.algbw * 1.5;
  point.converged = 1;
  point.reason = "converged";
  return point;
}

Results results_of(std::vector<PointRow> points) {
  Results results;
  for (auto& point : points) {
    point.point = static_cast<std::int32_t>(results.points.size());
    results.points.push_back(point);
  }
  return results;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Output, OfTheSampleIsAsItWas) {
  const auto sample = sample::results();
  expect_golden("sample.txt", render(sample, OutputFormat::table));
  expect_golden("sample.nccl-tests.txt", render(sample, OutputFormat::nccl_tests));
  auto curve = sample;  // one is enough for the forms that machines read
  curve.points.resize(sample::sizes.size());
  expect_golden("curve.md", render(curve, OutputFormat::markdown));
  expect_golden("curve.csv", render(curve, OutputFormat::csv));
  expect_golden("curve.json", render(curve, OutputFormat::json));
}

TEST(Output, NamesAndExtensionsSayTheFormat) {
  for (const auto& name : output_format_names()) EXPECT_NO_THROW(parse_output_format(name)) << name;
  EXPECT_EQ(output_format_of("a/run.json"), OutputFormat::json);
  EXPECT_EQ(output_format_of("run.md"), OutputFormat::markdown);
  EXPECT_EQ(output_format_of("run"), std::nullopt);
  try {
    parse_output_format("nccl-test");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "unknown format 'nccl-test'; did you mean 'nccl-tests'?");
  }
}

TEST(Output, OfNothingSaysSo) {
  EXPECT_EQ(terminal_table({}), "0 points: 0 converged\n");
  EXPECT_EQ(nccl_tests({}), "");
  EXPECT_EQ(lines_of(csv({})).size(), 1u);
}

TEST(TerminalTable, ShowsTimeIntervalAndBandwidth) {
  const auto text = terminal_table(results_of({plain_point()}));
  EXPECT_THAT(text, HasSubstr("all_reduce · flat · float32 sum · out of place · latency · mpi · 4 ranks (2a,2b)"));
  // ± (2.04 − 1.98) / 2 / 2 ms; 1 MiB / 2 ms = 0.524 GB/s, × 1.5
  EXPECT_THAT(text, testing::ContainsRegex("\\+10ms +1 MiB +2000 +1\\.5 +0\\.524 +0\\.786 +100"));
}

TEST(TerminalTable, HasALinkColumnOnlyWhereTheShareIsKnown) {
  auto point = plain_point();
  EXPECT_THAT(terminal_table(results_of({point})), Not(HasSubstr("link %")));
  point.wire_rate = 100e6;
  EXPECT_THAT(terminal_table(results_of({point})), Not(HasSubstr("link %"))) << "a rate without a limit is no share";
  point.wire_limit = 125e6;
  EXPECT_THAT(terminal_table(results_of({point})), testing::ContainsRegex("link %(.|\n)* 80\\.0 "));
  point.wire_rate_is_bound = 1;
  EXPECT_THAT(terminal_table(results_of({point})), HasSubstr("≥ 80.0"));
}

TEST(TerminalTable, MarksWhatIsNotToBeTrusted) {
  auto results = results_of({plain_point(), plain_point(), plain_point()});
  results.points[1].size *= 2;
  results.points[1].converged = 0;
  results.points[1].reason = "time";
  results.points[2].size *= 4;
  results.points[2].wrong = 12;
  VisitRow visit;
  visit.point = 2;
  visit.flags = flag_wrong_data | flag_late_release;
  results.visits.push_back(visit);
  const auto lines = lines_of(terminal_table(results));
  EXPECT_THAT(lines, testing::Contains(testing::EndsWith("not converged (time)")));
  EXPECT_THAT(lines, testing::Contains(testing::EndsWith("12 wrong, late release")));
  EXPECT_EQ(lines.back(), "3 points: 2 converged, 1 not converged, 1 with wrong data");
}

TEST(TerminalTable, SaysWhenAPointWasNotMeasured) {
  PointRow point = plain_point();
  point.visits = 0;
  point.samples = 0;
  point.median = point.ci_low = point.ci_high = point.algbw = point.busbw = unknown_value;
  EXPECT_THAT(terminal_table(results_of({point})), testing::ContainsRegex("1 MiB +– +– +– +– +0  not measured"));
}

TEST(TerminalTable, SaysThatRatesAreScaled) {
  auto results = results_of({plain_point()});
  LaunchRow launch;
  launch.scale = 400;
  launch.wan_engine = "lab";
  results.launches = {launch, launch};
  const auto text = terminal_table(results);
  EXPECT_THAT(text, HasSubstr("emulated in the lab, rates 1:400"));
  EXPECT_EQ(text.find("1:400"), text.rfind("1:400")) << "launches alike are described once";
}

TEST(TerminalTable, SaysOnceThatRanksShareCores) {
  auto results = results_of({plain_point(), plain_point()});
  results.points[1].size *= 2;
  results.launches = {LaunchRow{}};
  for (const int point : {0, 1}) {
    VisitRow visit;
    visit.point = point;
    visit.flags = flag_oversubscribed;
    results.visits.push_back(visit);
  }
  const auto all = terminal_table(results);
  EXPECT_THAT(all, HasSubstr(" · more ranks than cores\n"));
  EXPECT_THAT(all, Not(HasSubstr("oversubscribed")));
  results.visits[1].flags = 0;
  const auto some = terminal_table(results);
  EXPECT_THAT(some, HasSubstr("oversubscribed"));
  EXPECT_THAT(some, Not(HasSubstr("more ranks than cores")));
}

TEST(Markdown, KeepsABarOutOfItsTables) {
  auto point = plain_point();
  point.converged = 0;
  point.reason = "a|b";
  EXPECT_THAT(markdown(results_of({point})), HasSubstr("| not converged (a\\|b) |"));
}

TEST(Csv, QuotesAsRfc4180Says) {
  auto point = plain_point();
  point.reason = "said \"no\", twice";
  const auto lines = lines_of(csv(results_of({point})));
  EXPECT_THAT(lines[0], testing::StartsWith("point,key,operation,"));
  EXPECT_THAT(lines[1], HasSubstr(",\"2a,2b\","));
  EXPECT_THAT(lines[1], testing::EndsWith(",1,\"said \"\"no\"\", twice\",,"));
}

TEST(Csv, LeavesUnknownNumbersEmptyAndOthersExact) {
  auto point = plain_point();
  point.median = 0.1 + 0.2;
  EXPECT_THAT(csv(results_of({point})), HasSubstr(",0.30000000000000004,"));
  EXPECT_THAT(csv(results_of({point})), HasSubstr(",,,,")) << "minimum … p999 are NaN";
}

TEST(Json, HasNullForUnknownAndNamesForFlags) {
  auto results = results_of({plain_point()});
  VisitRow visit;
  visit.flags = flag_clock_limited | flag_oversubscribed;
  results.visits.push_back(visit);
  const auto document = nlohmann::json::parse(json_text(results));
  const auto& point = document["points"][0];
  EXPECT_EQ(document["schema_version"], schema_version);
  EXPECT_TRUE(point["p99"].is_null());
  EXPECT_EQ(point["median"], 2e-3);
  EXPECT_EQ(point["converged"], true);
  EXPECT_EQ(point["flags"], (nlohmann::json{"clock_limited", "oversubscribed"}));
}

TEST(Json, SurvivesTextThatIsNotUtf8) {
  auto results = results_of({plain_point()});
  LaunchRow launch;
  launch.environment = "A=\xff\xfe";
  results.launches.push_back(launch);
  EXPECT_TRUE(nlohmann::json::accept(json_text(results)));
}

TEST(NcclTests, NumbersShrinkToFit) {
  EXPECT_EQ(shrunk(0, 7), "0.00");
  EXPECT_EQ(shrunk(9999.99, 7), "9999.99");
  EXPECT_EQ(shrunk(12345.67, 7), "12345.7");
  EXPECT_EQ(shrunk(123456.7, 7), "123457");
  EXPECT_EQ(shrunk(9999999, 7), "9999999");
  EXPECT_EQ(shrunk(123456789, 7), "1.2e+08");
  EXPECT_EQ(shrunk(1234567, 6), "1e+06");
  EXPECT_EQ(shrunk(999.996, 6), "1000.0") << "rounding up costs a digit";
}

/// What existing parsers take a row to be: twelve fields, then three values and #wrong for each half.
const std::regex kRow(
    R"(^ *(\d+) +(\d+) +(\w+) +(\w+) +(-?\d+) +([\d.e+]+|N/A) +([\d.e+]+|N/A) +([\d.e+]+|N/A) +(\d+|N/A))"
    R"( +([\d.e+]+|N/A) +([\d.e+]+|N/A) +([\d.e+]+|N/A) +(\d+|N/A)$)");

TEST(NcclTests, EveryLineIsACommentOrARowThatParsersRead) {
  const auto sample = sample::results();
  std::size_t rows = 0, tables = 0;
  for (const auto& line : lines_of(nccl_tests(sample))) {
    tables += line.starts_with("# Collective test starting: ");
    if (line.empty() || line.starts_with("#")) continue;
    EXPECT_TRUE(std::regex_match(line, kRow)) << line;
    EXPECT_EQ(line.size(), 12 + 14 + 10 + 8 + 8 + 2 * 33u) << line;
    ++rows;
  }
  EXPECT_EQ(rows, sample.points.size());
  EXPECT_EQ(tables, 2u * 2 * 3) << "a table per collective, algorithm and WAN setting";
}

TEST(NcclTests, PutsOutOfPlaceAndInPlaceInOneRow) {
  auto in_place = plain_point();
  in_place.in_place = 1;
  in_place.median = 1e-3;
  in_place.wrong = -1;
  auto text = nccl_tests(results_of({in_place, plain_point()}));
  EXPECT_THAT(text, HasSubstr("\n     1048576        262144     float     sum      -1"
                              "  2000.00    0.52    0.79       0  1000.00    0.52    0.79     N/A\n"));
  EXPECT_THAT(text, HasSubstr("# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 0.79\n"));
  text = nccl_tests(results_of({in_place}));
  EXPECT_THAT(text, HasSubstr("      -1      N/A     N/A     N/A     N/A  1000.00"));
}

TEST(NcclTests, CountsAreThoseOfTheCallAndRootsOnlyWhereThereIsOne) {
  auto gather = plain_point();
  gather.operation = "all_gather";
  gather.reduce_op = "none";
  auto broadcast = gather;
  broadcast.operation = "broadcast";
  const auto text = nccl_tests(results_of({gather, broadcast}));
  EXPECT_THAT(text, HasSubstr("     1048576         65536     float    none      -1"));
  EXPECT_THAT(text, HasSubstr("     1048576        262144     float    none       0"));
}

TEST(NcclTests, FailsAWrongPoint) {
  auto point = plain_point();
  point.wrong = 3;
  EXPECT_THAT(nccl_tests(results_of({point})), HasSubstr("# Out of bounds values : 3 FAILED"));
}

TEST(NcclTests, SkipsWhatWasNotMeasured) {
  auto point = plain_point();
  point.median = unknown_value;
  EXPECT_EQ(nccl_tests(results_of({point})), "");
}

}  // namespace
}  // namespace longhaul
