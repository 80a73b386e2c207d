#include "results/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <random>

#include "results/hdf5.hpp"
#include "results/part_image.hpp"
#include "results/store.hpp"
#include "same_results.hpp"
#include "sample_results.hpp"
#include "tests/topologies/scratch.hpp"
#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string error_of(const std::filesystem::path& file) {
  try {
    read_results(file);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(no error)";
}

/// Any value a column can hold: all bit patterns of numbers, text with everything but NUL.
struct AnyValue {
  std::mt19937_64& random;
  void operator()(std::string& value) const {
    value.resize(random() % 20);
    for (char& letter : value) letter = static_cast<char>(1 + random() % 255);
  }
  void operator()(double& value) const { value = std::bit_cast<double>(random()); }
  void operator()(std::integral auto& value) const {
    value = static_cast<std::remove_reference_t<decltype(value)>>(random());
  }
};

/// Tables of random length whose cells are random, without regard for meaning.
Results random_results(std::mt19937_64& random) {
  Results results;
  for_each_table([&](const auto& table) {
    auto& rows = results.*table.rows;
    rows.resize(random() % 8);
    for (auto& row : rows)
      for (const auto& column : table.columns)
        std::visit([&](auto member) { AnyValue{random}(row.*member); }, column.member);
  });
  // Curves are made from points, and none may have two cells for one series, setting and size.
  for (std::size_t i = 0; i < results.points.size(); ++i) results.points[i].key = std::to_string(i);
  return results;
}

TEST(Encoding, KeepsAnyTable) {
  const Scratch folder;
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 60; ++trial) {
    const Contents contents{"id", "2026-03-02T09:15:00Z", trial, random_results(random)};
    write_durably(folder / "file.h5", encode_file(contents));
    write_durably(folder / "visit.part", encode_part(contents));
    for (const auto& read : {decode_file(folder / "file.h5"), decode_part(folder / "visit.part")}) {
      ASSERT_TRUE(read);
      EXPECT_EQ(first_difference(read->results, contents.results), "") << "trial " << trial;
      EXPECT_EQ(read->file_id, "id");
      EXPECT_EQ(read->created, contents.created);
      EXPECT_EQ(read->sequence, trial);
    }
  }
}

TEST(Encoding, KeepsTablesLongerThanABlock) {
  const Scratch folder;
  Contents contents{"id", "now", 0, {}};
  for (int i = 0; i < 150000; ++i)
    contents.results.samples.push_back({i / 1000, i * 1e-6, i % 7, static_cast<std::int8_t>(i % 2)});
  write_durably(folder / "file.h5", encode_file(contents));
  EXPECT_EQ(first_difference(decode_file(folder / "file.h5")->results, contents.results), "");
}

TEST(Encoding, IsAbsentWhereThereIsNoFile) { EXPECT_FALSE(decode_file("/nonexistent/run.h5")); }

TEST(Reading, SaysWhatIsNoResultsFile) {
  const Scratch folder;
  EXPECT_THAT(error_of(folder / "none.h5"), HasSubstr("no file '"));
  write_text(folder / "empty.h5", "");
  EXPECT_THAT(error_of(folder / "empty.h5"), HasSubstr("empty.h5' is empty; expected a results file (HDF5)"));
  write_text(folder / "garbage.h5", std::string(5000, '\x93'));
  EXPECT_THAT(error_of(folder / "garbage.h5"), HasSubstr("garbage.h5' is no complete results file"));
  std::filesystem::create_directory(folder / "folder.h5");
  EXPECT_THAT(error_of(folder / "folder.h5"), HasSubstr("is a folder"));
  const auto other = hdf5::File::in_memory();
  write_durably(folder / "other.h5", other.image());
  EXPECT_THAT(error_of(folder / "other.h5"), HasSubstr("no results of Longhaul: it has no schema_version"));
}

TEST(Reading, SaysSoOfAFileCutOffAnywhere) {
  const Scratch folder;
  const auto image = encode_file({"id", "now", 0, sample::results()});
  const std::size_t data = image.size() - 16;  // without the checksum's trailer all the data is still there
  for (std::size_t length = 1; length < data; length += data / 50) {
    write_durably(folder / "cut.h5", std::span(image).first(length));
    EXPECT_THAT(error_of(folder / "cut.h5"), HasSubstr("cut.h5' is no complete results file")) << length;
  }
}

TEST(Reading, RefusesAFlippedByteBeforeTheLibrarySeesIt) {
  const Scratch folder;
  const auto image = encode_file({"id", "now", 0, sample::results()});
  constexpr std::size_t trailer = 16;
  std::mt19937 random(3);
  for (int trial = 0; trial < 50; ++trial) {
    auto flipped = image;
    flipped[random() % (flipped.size() - trailer)] ^= static_cast<std::byte>(1 + random() % 255);
    write_durably(folder / "flipped.h5", flipped);
    EXPECT_THAT(error_of(folder / "flipped.h5"), HasSubstr("(checksum)"));
  }
}

TEST(Reading, NeedsNoChecksum) {
  const Scratch folder;
  const auto image = encode_file({"id", "now", 0, sample::results()});
  write_durably(folder / "run.h5", std::span(image).first(image.size() - 16));  // as after a change by h5py
  EXPECT_EQ(error_of(folder / "run.h5"), "(no error)");
}

TEST(Reading, RefusesANewerSchemaAndSaysBothVersions) {
  const Scratch folder;
  const auto file = hdf5::File::in_memory();
  file.root().set_attribute("schema_version", std::int64_t{schema_version + 1});
  write_durably(folder / "new.h5", file.image());
  EXPECT_THAT(error_of(folder / "new.h5"),
              AllOf(HasSubstr("has schema version 2"), HasSubstr("reads up to 1"), HasSubstr("newer longhaul")));
}

TEST(Reading, NamesAColumnThatIsMissing) {
  const Scratch folder;
  const auto file = hdf5::File::in_memory();
  auto root = file.root();
  root.set_attribute("schema_version", std::int64_t{1});
  root.set_attribute("file_id", "id");
  root.set_attribute("created", "now");
  root.set_attribute("parts_joined", std::int64_t{0});
  root.create_group("launches").create_dataset("launch", hdf5::Type::int32, {0});
  write_durably(folder / "run.h5", file.image());
  EXPECT_THAT(error_of(folder / "run.h5"), HasSubstr("no column 'slot' in /launches"));
}

TEST(Reading, RefusesNumbersThatPointNowhere) {
  const Scratch folder;
  const auto refused = [&](auto&& spoil) {
    auto results = sample::results();
    spoil(results);
    write_results(folder / "run.h5", results);
    return error_of(folder / "run.h5");
  };
  EXPECT_THAT(refused([](Results& r) { r.visits[3].point = 72; }),
              HasSubstr("visit 3 is of point 72, and there are 72"));
  EXPECT_THAT(refused([](Results& r) { r.visits[3].launch = -1; }), HasSubstr("visit 3 is of launch -1"));
  EXPECT_THAT(refused([](Results& r) { r.visits[3].visit = 2; }), HasSubstr("visit 2 stands in row 3"));
  EXPECT_THAT(refused([](Results& r) { r.visits[3].sample_count = 1 << 30; }), HasSubstr("visit 3 has samples"));
  EXPECT_THAT(refused([](Results& r) { r.samples[30].visit = 5; }), HasSubstr("sample 30 is of visit 5, expected 1"));
  EXPECT_THAT(refused([](Results& r) { r.samples.emplace_back(); }), HasSubstr("is of no visit"));
  EXPECT_THAT(refused([](Results& r) { r.links[0].visit = 9999; }), HasSubstr("/links has rows of visit 9999"));
  EXPECT_THAT(refused([](Results& r) { r.ranks[0].launch = 2; }), HasSubstr("/ranks has rows of launch 2"));
  EXPECT_EQ(refused([](Results&) {}), "(no error)");
}

}  // namespace
}  // namespace longhaul
