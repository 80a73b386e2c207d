#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "collectives/vocabulary.hpp"
#include "results/imported.hpp"
#include "results/integrity.hpp"
#include "results/nccl_json.hpp"
#include "sample_results.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

/// As nccl-tests writes it with -J; the figures are made up.
constexpr const char* two_sizes_json = R"({
  "version": 3,
  "args": ["./build/all_reduce_perf", "-g", "2"],
  "config": {"devices": [{"rank": 0}, {"rank": 1}]},
  "results": [
    {"size": 1024, "count": 256, "type": "float", "redop": "sum", "root": "-1",
     "out_of_place": {"time": 10.500000, "alg_bw": 0.097524, "bus_bw": 0.097524, "nwrong": 0},
     "in_place": {"time": 11.123456, "alg_bw": 0.092058, "bus_bw": 0.092058, "nwrong": 0}},
    {"size": 2048, "count": 512, "type": "float", "redop": "sum", "root": "-1",
     "out_of_place": {"time": 12.000000, "alg_bw": 0.170667, "bus_bw": 0.170667, "nwrong": 0},
     "in_place": {"time": 12.250000, "alg_bw": 0.167184, "bus_bw": 0.167184, "nwrong": 0}}
  ],
  "out_of_bounds": {"count": 0, "okay": "true"},
  "average_bus_bandwidth": {"bandwidth": 0.13}
}
)";

std::string edited_json(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(NcclJson, ComesBackAsItWas) {
  const auto text = nccl_json(sample::results());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 12)
      << "a document for each of two collectives, two algorithms, three settings";
  const auto back = import_text(text, {"sample.json", "", 0});
  EXPECT_TRUE(back.skipped.empty());
  EXPECT_EQ(back.results.points.size(), sample::results().points.size());
  EXPECT_EQ(nccl_json(back.results), text);
}

TEST(NcclJson, OfOneCollectiveIsOneDocumentThatAnyParserReads) {
  auto results = sample::results();
  std::erase_if(results.points, [](const PointRow& point) {
    return point.operation != "all_reduce" || point.algorithm != "flat" || point.wan != "native";
  });
  const auto document = nlohmann::json::parse(nccl_json(results));
  EXPECT_EQ(document["version"], 3);
  EXPECT_EQ(document["results"].size(), 6u);
  EXPECT_EQ(document["results"][0]["root"], "-1");
  EXPECT_EQ(document["out_of_bounds"]["okay"], "true");
}

TEST(ImportNcclJson, BearsItsQuirks) {
  const auto imported = import_text(
      R"({"version":3,"args":["./build/all_reduce_perf","-g","8"],"config":{"devices":[{},{}]},"results":[
          {"size":1024,"count":256,"type":"float","redop":"sum","root":"    -1",
           "out_of_place":{"time":10.5,"alg_bw":0.1,"bus_bw":inf,"nwrong":0.0},"in_place":{"cpu_time":11,"alg_bw":"nan","bus_bw":0.1,"nwrong":null}}]})",
      {"a.json", "", 0});
  ASSERT_EQ(imported.results.points.size(), 2u);
  EXPECT_DOUBLE_EQ(imported.results.points[0].median, 10.5e-6);
  EXPECT_NEAR(imported.results.points[0].busbw, 1024 / 10.5e-6, 1) << "2 ranks: factor 1; an infinity is no bandwidth";
  EXPECT_EQ(imported.results.points[1].wrong, -1);
  EXPECT_THROW(import_text("{\"version\":3,\"results\":[", {"a.json", "", 0}), UsageError) << "nothing names it";
}

/// Each line behind what a launcher writes before it.
std::string tagged(const std::string& text, const std::string& tag) {
  std::string lines = tag;
  for (const char letter : text) (lines += letter) += letter == '\n' ? tag : "";
  return lines.substr(0, lines.size() - tag.size());
}

TEST(ImportNcclJson, IsReadBehindALaunchersTagsAndAByteOrderMark) {
  const auto plain = import_text(two_sizes_json, {"run.json", "", 0});
  for (const std::string tag : {"[1,0]<stdout>:", "[prterun-host-1@1,0]<stdout>:", "0: "}) {
    const auto read = import_text(tagged(two_sizes_json, tag), {"run.json", "", 0});
    EXPECT_TRUE(read.skipped.empty()) << tag;
    EXPECT_EQ(nccl_json(read.results), nccl_json(plain.results)) << tag;
  }
  const auto marked = import_text("\xEF\xBB\xBF" + std::string(two_sizes_json), {"run.json", "", 0});
  EXPECT_EQ(nccl_json(marked.results), nccl_json(plain.results));
}

TEST(ImportNcclJson, ReadsWhatIsWholeOfADocumentThatBreaksOffAndStoresTheRestAsFailed) {
  const auto text = std::string(two_sizes_json);
  const auto imported = import_text(text.substr(0, text.find("\"in_place\": {\"time\": 12.25")), {"a.json", "", 0});
  EXPECT_EQ(first_inconsistency(imported.results), "");
  ASSERT_EQ(imported.results.points.size(), 4u) << "a failure, and three halves";
  EXPECT_EQ(imported.results.points[0].reason, "failed: the document breaks off, or is damaged, by line 11");
  EXPECT_EQ(imported.results.points[0].visits, 0);
  EXPECT_DOUBLE_EQ(imported.results.points[3].median, 12e-6);
}

/// Wherever it is cut: from the program's name on there is a failure, never a success alone; before it, none of both.
TEST(ImportNcclJson, NeverTakesACutDocumentForASuccess) {
  const auto text = std::string(two_sizes_json);
  for (std::size_t end = 1; end + 2 < text.size(); ++end) {
    try {
      const auto imported = import_text(text.substr(0, end), {"a.json", "", 0});
      EXPECT_TRUE(imported.results.points.at(0).reason.starts_with("failed: the document breaks off")) << end;
    } catch (const UsageError&) {
      EXPECT_LE(end, text.find(" \"-g\"")) << "the name stands there";
    }
  }
}

TEST(ImportNcclJson, GoesOnAfterADocumentThatBreaksOff) {
  const auto text = std::string(two_sizes_json);
  const auto imported = import_text(text.substr(0, text.find("    {\"size\": 2048")) + "\n" +
                                        edited_json(text, "all_reduce", "all_gather") + "Terminated\n",
                                    {"a.json", "", 0});
  ASSERT_EQ(imported.results.points.size(), 7u);
  EXPECT_THAT(imported.results.points[0].reason, HasSubstr("failed: "));
  EXPECT_EQ(imported.results.points[6].operation, "all_gather");
  ASSERT_EQ(imported.skipped.size(), 1u);
  EXPECT_EQ(imported.skipped[0].first, 25u);
  EXPECT_EQ(imported.skipped[0].why, "no JSON");
}

TEST(ImportNcclJson, ListsRowsThatItSkippedByTheirLines) {
  auto text = edited_json(two_sizes_json, "\"in_place\": {\"time\": 11.123456", "\"in_place\": {\"time\": \"nan\"");
  text =
      edited_json(text, "    {\"size\": 2048", "    17,\n    {\"count\": 4},\n    {\"size\": 4},\n    {\"size\": 2048");
  const auto imported = import_text(text, {"a.json", "", 0});
  EXPECT_EQ(imported.results.points.size(), 3u);
  ASSERT_EQ(imported.skipped.size(), 4u);
  EXPECT_EQ(imported.skipped[0].first, 6u);
  EXPECT_EQ(imported.skipped[0].why, "'in_place' without a time");
  EXPECT_EQ(imported.skipped[1].first, 9u);
  EXPECT_EQ(imported.skipped[1].why, "a row that is no object");
  EXPECT_EQ(imported.skipped[2].first, 10u);
  EXPECT_EQ(imported.skipped[2].why, "a row without a size");
  EXPECT_EQ(imported.skipped[3].first, 11u);
  EXPECT_EQ(imported.skipped[3].why, "a row without a time");
}

TEST(ImportNcclJson, TakesFurtherDocumentsForLaunches) {
  const auto imported = import_text(two_sizes_json + edited_json(two_sizes_json, "10.5", "10.7"), {"a.json", "", 0});
  EXPECT_EQ(imported.results.launches.size(), 2u);
  EXPECT_EQ(imported.results.points[0].launches, 2);
  EXPECT_NEAR(imported.results.points[0].median, 10.6e-6, 1e-12);
}

/// Zeros at a number's end are not kept by JSON; six decimals show in one of the four.
TEST(ImportNcclJson, KnowsHowFinelyTimesArePrinted) {
  const auto imported = import_text(two_sizes_json, {"a.json", "", 0});
  for (const auto& visit : imported.results.visits) EXPECT_NEAR(visit.resolution, 1e-12, 1e-18);
}

/// Cut and garbled documents must be read or refused, never worse.
TEST(ImportNcclJson, BearsGarbledDocuments) {
  std::mt19937 random(13);
  for (int run = 0; run < 1000; ++run) {
    auto text = std::string(two_sizes_json) + two_sizes_json;
    for (int change = 0; change < 3; ++change) {
      const auto at = 1 + random() % (text.size() - 1);
      if (random() % 2)
        text[at] = "{}[]\",:\n\\0"[random() % 10];
      else
        text.erase(at, random() % 40);
    }
    try {
      EXPECT_EQ(first_inconsistency(import_text(text, {"a.json", "", 4}).results), "");
    } catch (const UsageError&) {
    }
  }
}

/// Random results of every collective as JSON and back: every point as it was, to the six digits that are written.
TEST(NcclJson, OfAnyResultsReadsBackEqual) {
  std::mt19937 random(17);
  const auto up_to = [&](unsigned limit) { return static_cast<int>(random() % limit); };
  for (int run = 0; run < 100; ++run) {
    Results results;
    results.launches.emplace_back();
    results.launches[0].scale = up_to(2) ? 1 : up_to(1000);
    results.launches[0].wan_engine = up_to(2) ? "none" : up_to(2) ? "lab" : "plugin";
    results.launches[0].flags = up_to(2) ? "" : up_to(2) ? "doubles" : "doubles,planted-faults";
    const int points = 1 + up_to(20);
    for (int i = 0; i < points; ++i) {
      PointRow point;
      point.operation = operation_names()[static_cast<std::size_t>(up_to(7))];
      point.algorithm = up_to(2) ? "flat" : "hierarchical";
      point.type = data_type_names()[static_cast<std::size_t>(up_to(5))];
      point.reduce_op = reduces(parse_operation(point.operation)) ? (up_to(2) ? "sum" : "max") : "none";
      point.mode = up_to(2) ? "latency" : "throughput";
      point.wan = up_to(2) ? "native" : "a-b=10ms";
      point.backend = up_to(2) ? "mpi" : "nccl";
      point.settings = up_to(2) ? "default" : "graph";
      point.load = up_to(2) ? 0 : up_to(100);
      point.ranks = 2 + up_to(30);
      point.placement = up_to(2) ? "2a,2b" : "";
      point.in_place = static_cast<std::int8_t>(up_to(2));
      point.size = point.moved = std::int64_t{i} * 1024;
      point.median = std::exp(up_to(40) - 18.0) * (1 + up_to(1000) / 997.0);
      point.algbw = static_cast<double>(point.moved) / point.median;
      point.busbw = point.algbw * 1.5;
      point.wrong = up_to(4) - 1;
      results.points.push_back(point);
    }
    const auto text = nccl_json(results);
    const auto back = import_text(text, {"own.json", "", 0});
    EXPECT_TRUE(back.skipped.empty());
    ASSERT_EQ(back.results.points.size(), results.points.size());
    EXPECT_EQ(nccl_json(back.results), text);
    for (const auto& point : results.points) {
      const auto& same = *std::ranges::find(back.results.points, point.size, &PointRow::size);
      EXPECT_EQ(std::tie(same.operation, same.algorithm, same.type, same.reduce_op, same.mode, same.wan, same.backend),
                std::tie(point.operation, point.algorithm, point.type, point.reduce_op, point.mode, point.wan,
                         point.backend));
      EXPECT_EQ(std::tie(same.settings, same.ranks, same.placement, same.in_place, same.wrong),
                std::tie(point.settings, point.ranks, point.placement, point.in_place, point.wrong));
      EXPECT_NEAR(same.median / point.median, 1, 1e-5);
      EXPECT_NEAR(same.busbw, point.busbw, 1e-5 * point.busbw);
    }
  }
}

}  // namespace
}  // namespace longhaul
