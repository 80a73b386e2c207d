#include "topologies/yaml.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/topologies/raises.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

YamlNode node_of(const std::string& text) { return YamlNode::parse(text, "f.yaml"); }

std::string error_of(const std::string& text) {
  return usage_error_of([&] { node_of(text); });
}

TEST(Yaml, ReadsEveryKindOfValue) {
  const auto root = node_of(
      "name: two words\n"
      "count: 12\n"
      "share: 0.1 %\n"
      "yes: true\n"
      "factor: 1.5\n"
      "time: 10 ms\n"
      "size: 64 KiB\n"
      "rate: 400 Gbit/s\n"
      "floor: 46 GB/s\n"
      "length: 80 km\n"
      "list: [a, b]\n"
      "map: {x: 1}\n");
  EXPECT_EQ(root.at("name").text(), "two words");
  EXPECT_EQ(root.at("count").integer(), 12);
  EXPECT_DOUBLE_EQ(root.at("share").share().value, 0.001);
  EXPECT_TRUE(root.at("yes").boolean());
  EXPECT_DOUBLE_EQ(root.at("factor").number(), 1.5);
  EXPECT_EQ(root.at("time").duration(), 10ms);
  EXPECT_EQ(root.at("size").bytes().count, 65536u);
  EXPECT_DOUBLE_EQ(root.at("rate").rate().value, 50e9);
  EXPECT_DOUBLE_EQ(root.at("floor").bandwidth().value, 46e9);
  EXPECT_DOUBLE_EQ(root.at("length").length().value, 80);
  EXPECT_THAT(root.at("list").texts(), ElementsAre("a", "b"));
  EXPECT_THAT(root.at("name").texts(), ElementsAre("two words"));
  EXPECT_EQ(root.at("map").at("x").integer(), 1);
  EXPECT_EQ(root.keys().size(), 12u);
}

TEST(Yaml, GivesADefaultOnlyForAnAbsentKey) {
  const auto root = node_of("rounds: 3\nempty:\n");
  const auto rounds = [](const YamlNode& node) { return node.integer(1, 100); };
  EXPECT_EQ(root.get("rounds", 6, rounds), 3);
  EXPECT_EQ(root.get("launches", 6, rounds), 6);
  EXPECT_EQ(root.get("title", std::string("none"), &YamlNode::text), "none");
  EXPECT_FALSE(root.has("title"));
  EXPECT_EQ(usage_error_of([&] { root.get("empty", 6, rounds); }),
            "f.yaml:2:1: 'empty' holds nothing; expected a value");
}

TEST(Yaml, OutlivesTheNodeItCameFrom) {
  const auto leaf = [] { return node_of("a: {b: [c]}").at("a").at("b").items().at(0); }();
  EXPECT_EQ(leaf.text(), "c");
  EXPECT_EQ(leaf.where(), "f.yaml:1:9");
}

TEST(Yaml, PlacesAValueNotItsKey) {
  EXPECT_EQ(node_of("links:\n  - length: 80 km\n").at("links").items()[0].at("length").where(), "f.yaml:2:13");
}

TEST(Yaml, QuotesQuantitiesWithTheirKey) {
  const auto root = node_of("bandwidth: 400 Gb\nlist: [7 kg]\nbig: " + std::string(200, '9') + " km\n");
  EXPECT_EQ(
      usage_error_of([&] { root.at("bandwidth").rate(); }),
      "f.yaml:1:12: unknown unit 'Gb' in 'bandwidth: 400 Gb'; expected one of bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s");
  EXPECT_EQ(usage_error_of([&] { root.at("list").items()[0].length(); }),
            "f.yaml:2:8: unknown unit 'kg' in '7 kg'; expected one of m, km");
  EXPECT_EQ(usage_error_of([&] { root.at("big").length(); }),
            "f.yaml:3:6: 'big: " + std::string(80, '9') + "…' is too long for a number and a unit");
}

TEST(Yaml, MeansAnotherKeyByOneMisspelt) {
  const auto root = node_of("name: x\nlenght: 80 km\n");
  EXPECT_EQ(usage_error_of([&] {
              root.expect_keys({"name", "length"});
            }),
            "f.yaml:2:1: unknown key 'lenght'; did you mean 'length'? expected one of name, length");
  EXPECT_EQ(usage_error_of([&] { node_of("q: 1").expect_keys({"name"}); }),
            "f.yaml:1:1: unknown key 'q'; expected one of name");
}

TEST(Yaml, NamesAMissingKey) {
  EXPECT_EQ(usage_error_of([] { node_of("a: 1").at("b"); }), "f.yaml:1:1: key 'b' is missing");
  EXPECT_EQ(usage_error_of([] { node_of("a: {x: 1}").at("a").at("b"); }), "f.yaml:1:4: key 'b' is missing in 'a'");
}

TEST(Yaml, NamesAValueOfAnotherKind) {
  const auto root = node_of("a: [1]\nb: {c: 1}\nd: x\n");
  EXPECT_EQ(usage_error_of([&] { root.at("a").text(); }), "f.yaml:1:4: 'a' holds a list; expected a value");
  EXPECT_EQ(usage_error_of([&] { root.at("b").items(); }), "f.yaml:2:4: 'b' holds a map; expected a list");
  EXPECT_EQ(usage_error_of([&] { root.at("d").expect_keys({}); }),
            "f.yaml:3:4: 'd' holds 'x'; expected a map of 'key: value'");
  EXPECT_EQ(usage_error_of([&] { node_of("[a]").keys(); }), "f.yaml:1:1: holds a list; expected a map of 'key: value'");
}

TEST(Yaml, NamesWhatAScalarShouldBe) {
  const auto root = node_of("n: eight\nzero: 0\nflag: yes\nmedium: smg\nratio: much\n");
  EXPECT_EQ(usage_error_of([&] { root.at("n").integer(); }),
            "f.yaml:1:4: bad value in 'n: eight'; expected a whole number");
  EXPECT_EQ(usage_error_of([&] { root.at("zero").integer(1, 9); }),
            "f.yaml:2:7: bad value in 'zero: 0'; expected a whole number from 1 to 9");
  EXPECT_EQ(usage_error_of([&] { root.at("zero").integer(1); }),
            "f.yaml:2:7: bad value in 'zero: 0'; expected a whole number of 1 or more");
  EXPECT_EQ(usage_error_of([&] { root.at("flag").boolean(); }),
            "f.yaml:3:7: unknown value in 'flag: yes'; expected one of true, false");
  EXPECT_EQ(usage_error_of([&] {
              root.at("medium").choice({"smf", "hollow_core"});
            }),
            "f.yaml:4:9: unknown value in 'medium: smg'; did you mean 'smf'? expected one of smf, hollow_core");
  EXPECT_EQ(usage_error_of([&] { root.at("ratio").number(); }),
            "f.yaml:5:8: bad value in 'ratio: much'; expected a number");
}

TEST(Yaml, KeepsMessagesOnOneLine) {
  EXPECT_EQ(usage_error_of([] { node_of("n: \"a\\nb\"").at("n").integer(); }),
            "f.yaml:1:4: bad value in 'n: a b'; expected a whole number");
}

TEST(Yaml, KeepsTerminalEscapesOutOfMessages) {
  EXPECT_EQ(usage_error_of([] { node_of(R"(rate: "1 \e[31mGb\n")").at("rate").rate(); }),
            "f.yaml:1:7: unknown unit ' [31mGb ' in 'rate: 1  [31mGb '; expected one of bit/s, kbit/s, Mbit/s, Gbit/s, "
            "Tbit/s");
  EXPECT_EQ(error_of("\"a\\nb\": 1\n\"a\\nb\": 2\n"), "f.yaml:2:1: duplicate key 'a b'; it is set in line 1 already");
}

TEST(Yaml, RefusesEmptyFiles) {
  EXPECT_EQ(error_of(""), "f.yaml: empty; expected a YAML document");
  EXPECT_EQ(error_of("# only words\n"), "f.yaml: empty; expected a YAML document");
}

TEST(Yaml, RefusesWhatIsNotText) {
  EXPECT_EQ(error_of(std::string("a: 1\nb:\0", 8)), "f.yaml:2:3: byte 0x00 is not text; expected a YAML file in UTF-8");
  EXPECT_EQ(error_of("\x89HDF\r\n"), "f.yaml:1:1: byte 0x89 is not text; expected a YAML file in UTF-8");
}

TEST(Yaml, PlacesMalformedYaml) {
  EXPECT_EQ(error_of("a: [1\nb: 2\n"), "f.yaml:2:2: malformed YAML: end of sequence flow not found");
  EXPECT_THAT(error_of("a:\n\t- b\n"), testing::StartsWith("f.yaml:2:2: malformed YAML: "));
  EXPECT_THAT(error_of("a: b: c\n"), testing::StartsWith("f.yaml:1:5: malformed YAML: "));
}

TEST(Yaml, RefusesDuplicateKeys) {
  EXPECT_EQ(error_of("name: a\nx: 1\nname: b\n"), "f.yaml:3:1: duplicate key 'name'; it is set in line 1 already");
}

TEST(Yaml, RefusesAnchorsBeforeTheyCanMultiply) {
  const auto* const refusal = "anchors (&) and aliases (*) are not supported; write the value out";
  EXPECT_EQ(error_of("a: &x [1]\nb: *x\n"), std::string("f.yaml:1:4: ") + refusal);
  EXPECT_EQ(error_of("&k a: 1\n"), std::string("f.yaml:1:1: ") + refusal);
}

TEST(Yaml, RefusesTagsAndKeysThatAreNoText) {
  EXPECT_EQ(error_of("a: !!binary aGk=\n"), "f.yaml:1:4: tag 'tag:yaml.org,2002:binary' is not supported; remove it");
  EXPECT_EQ(error_of("? [a]\n: 1\n"), "f.yaml:1:3: a list or map cannot be a key");
  EXPECT_EQ(error_of("~: 1\n"), "f.yaml:1:1: expected a key");
}

TEST(Yaml, RefusesASecondDocument) {
  EXPECT_EQ(error_of("a: 1\n---\nb: 2\n"), "f.yaml: holds a second document from line 3 on; expected one");
}

TEST(Yaml, RefusesDepthWithoutBottomAndFilesWithoutEnd) {
  EXPECT_EQ(error_of("a: " + std::string(100, '[') + std::string(100, ']')),
            "f.yaml:1:35: nested deeper than 32 levels");
  EXPECT_EQ(error_of(std::string(kLargestYaml + 1, ' ')), "'f.yaml' is larger than 1 MiB");
}

TEST(Yaml, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(usage_error_of([] { YamlNode::load("nowhere/f.yaml"); }),
            "cannot read 'nowhere/f.yaml': No such file or directory");
  EXPECT_EQ(usage_error_of([] { YamlNode::load("/"); }), "cannot read '/': Is a directory");
  EXPECT_EQ(usage_error_of([] { YamlNode::load("/dev/zero"); }), "'/dev/zero' is larger than 1 MiB");
}

TEST(Yaml, LoadsAFile) {
  const auto path = testing::TempDir() + "longhaul_yaml_test.yaml";
  std::ofstream(path) << "a: 1\n";
  EXPECT_EQ(YamlNode::load(path).at("a").where(), path + ":1:4");
}

}  // namespace
}  // namespace longhaul
