#include "results/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "results/report_data.hpp"
#include "tests/results/sample_results.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// The page's own sources with a stand-in for Plotly's bundle: what is tested is how the page is put together.
struct ReportPage : testing::Test {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("longhaul-report-" + std::to_string(::getpid()) + "-" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());
  ReportAssets assets{LONGHAUL_SOURCE_DIR "/results/report", folder / "plotly.min.js"};

  void SetUp() override {
    std::filesystem::create_directories(folder);
    std::ofstream(assets.plotly) << "const Plotly = 'stand-in {{data}}';\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
};

TEST_F(ReportPage, NamesNoOtherFileAndNoOtherHost) {
  const auto page = render_report({{"sample.h5", sample::results()}}, assets);
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
  EXPECT_THAT(page, Not(HasSubstr(" href=\"page")));
  EXPECT_THAT(page, Not(HasSubstr("https:")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST_F(ReportPage, HoldsTheSummaryWithoutAnyScript) {
  const auto page = render_report({{"sample.h5", sample::results()}}, assets);
  EXPECT_THAT(page, HasSubstr("<li>At +10 ms the hierarchical all_reduce is 1.5× faster than flat at 16 MiB"));
  EXPECT_THAT(page, HasSubstr("1:400 scaled lab"));
}

TEST_F(ReportPage, ShowsTheFirstOfSeveralFilesFirst) {
  const auto page = render_report({{"a.h5", sample::results()}, {"b.h5", sample::results()}}, assets);
  EXPECT_THAT(page, HasSubstr("data-file=\"0\" aria-label=\"Summary of a.h5\">"));
  EXPECT_THAT(page, HasSubstr("data-file=\"1\" aria-label=\"Summary of b.h5\" hidden>"));
  EXPECT_THAT(page, HasSubstr("<title>Longhaul: a.h5, b.h5</title>"));
}

TEST_F(ReportPage, LetsNoTextOfAFileBecomeMarkup) {
  const std::string attack = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{data}}";
  auto results = sample::results();
  results.launches[0].topology = results.launches[0].command = results.points[0].reason = results.points[0].wan =
      attack;
  results.ranks[0].host = results.links[0].link = results.launches[1].flags = attack;
  const auto clean = render_report({{"sample.h5", sample::results()}}, assets);
  const auto page = render_report({{attack, results}}, assets);
  EXPECT_EQ(count_of(page, "<script"), count_of(clean, "<script"));
  EXPECT_EQ(count_of(page, "</script"), count_of(clean, "</script"));
  EXPECT_EQ(count_of(page, "<img"), count_of(clean, "<img"));
  EXPECT_EQ(count_of(page, "\"provenance\""), 1u) << "text that looks like a place in the page is not filled in";
}

TEST_F(ReportPage, FillsNothingIntoPlotlysBundle) {
  EXPECT_THAT(render_report({{"sample.h5", sample::results()}}, assets),
              HasSubstr("const Plotly = 'stand-in {{data}}';"));
}

TEST_F(ReportPage, SaysHowToGetPlotlyWhereItIsMissing) {
  assets.plotly = folder / "nowhere.js";
  try {
    render_report({{"sample.h5", sample::results()}}, assets);
    FAIL() << "a report without charts";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::environment);
    EXPECT_THAT(error.what(), HasSubstr("nowhere.js; ./quickstart puts it there"));
    EXPECT_THAT(error.what(), HasSubstr("pip download --no-deps plotly==6.0.1"));
    EXPECT_THAT(error.what(), HasSubstr("--plotly plotly.min.js"));
  }
}

TEST_F(ReportPage, SaysWhatIsMissingOfItsOwn) {
  assets.folder = folder;
  EXPECT_THROW(render_report({{"sample.h5", sample::results()}}, assets), EnvironmentError);
}

TEST_F(ReportPage, CanBeMadeOfAnEmptyFile) {
  EXPECT_THAT(render_report({{"empty.h5", Results{}}}, assets), HasSubstr("nothing was measured"));
}

TEST(EscapeHtml, LeavesNoCharacterThatMarkupIsMadeOf) {
  EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(ReportData, HoldsAColumnAnAxis) {
  const auto data = json::parse(report_data({{"sample.h5", sample::results()}}));
  const auto& points = data.at(0).at("points");
  EXPECT_EQ(points.at("median").size(), 72u);
  EXPECT_EQ(points.at("operation").at(0), "all_reduce");
  EXPECT_EQ(points.at("size").at(5), 16 << 20);
  EXPECT_EQ(data.at(0).at("wan").at("label"), json({"0 ms", "native", "+10 ms"}));
}

TEST(ReportData, HasNullForWhatIsUnknownAndSixDigitsForWhatIsKnown) {
  auto results = sample::results();
  results.points[0].p99 = unknown_value;
  results.points[0].median = 0.00123456789;
  const auto data = json::parse(report_data({{"sample.h5", results}}));
  EXPECT_TRUE(data.at(0).at("points").at("p99").at(0).is_null());
  EXPECT_EQ(data.at(0).at("points").at("median").at(0), 0.00123457);
}

TEST(ReportData, KeepsSamplesThatCountAndLeavesOutTheOthers) {
  const auto data = json::parse(report_data({{"sample.h5", sample::results()}}));
  const auto& visits = data.at(0).at("samples").at(0);
  ASSERT_EQ(visits.size(), 4u);
  EXPECT_EQ(visits.at(0).at(3).size(), 23u) << "one of 24 started late";
}

TEST(ReportData, BoundsTheSamplesOfAFile) {
  const auto data = json::parse(report_data({{"sample.h5", sample::results()}}, 720));
  std::size_t samples = 0;
  for (const auto& visits : data.at(0).at("samples"))
    for (const auto& visit : visits) samples += visit.at(3).size();
  EXPECT_LE(samples, 720u + 4 * 72);  // thinning rounds up once a visit
  EXPECT_GE(samples, 500u);
}

TEST(ReportData, SurvivesVisitsThatPointPastTheSamples) {
  auto results = sample::results();
  results.visits[0].first_sample = 1'000'000'000;
  results.visits[1].first_sample = -5;
  results.visits[2].sample_count = 1'000'000'000;
  EXPECT_TRUE(json::accept(report_data({{"sample.h5", results}})));
}

TEST(ReportData, ReplacesBytesThatAreNoText) {
  auto results = sample::results();
  results.launches[0].cpu = "\xff\xfe";
  EXPECT_THAT(report_data({{"sample.h5", results}}), HasSubstr("\xef\xbf\xbd"));
}

TEST(ReportData, NamesTheLaunchesWhereProvenanceDiffers) {
  const auto data = json::parse(report_data({{"sample.h5", sample::results()}}));
  for (const auto& row : data.at(0).at("provenance")) {
    const auto& [label, values] = std::tie(row.at(0), row.at(1));
    if (label == "Seed") {
      EXPECT_EQ(values, json::parse(R"([["42", [0, 1]]])"));
    } else if (label == "Started") {
      EXPECT_EQ(values, json::parse(R"([["2026-03-02T09:15:00Z", [0]], ["2026-03-02T09:15:40Z", [1]]])"));
    }
  }
}

TEST(ReportData, DrawsSitesWithTheirHostsAndRanks) {
  const auto fabric = json::parse(report_data({{"sample.h5", sample::results()}})).at(0).at("fabric");
  EXPECT_EQ(fabric.at("sites").at(0), json::parse(R"({"name": "west", "hosts": [["west-1", 1], ["west-2", 1]]})"));
  ASSERT_EQ(fabric.at("pairs").size(), 1u);
  EXPECT_EQ(fabric.at("pairs").at(0).at("rtt"), 802e-6);
  EXPECT_EQ(fabric.at("wan"), "native");
}

}  // namespace
}  // namespace longhaul
