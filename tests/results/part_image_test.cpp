#include "results/part_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/checksum.hpp"
#include "results/parts.hpp"
#include "same_results.hpp"
#include "sample_results.hpp"
#include "tests/topologies/scratch.hpp"
#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using ::testing::HasSubstr;

std::vector<std::byte> image() { return encode_part({"id", "now", 3, sample::results()}); }

/// What decode_part says of these bytes; empty where it reads them.
std::string told_of(std::span<const std::byte> bytes) {
  const Scratch folder;
  write_durably(folder / "visit.part", bytes);
  try {
    return decode_part(folder / "visit.part") ? "" : "absent";
  } catch (const UsageError& error) {
    return error.what();
  }
}

std::size_t place_of(const std::vector<std::byte>& bytes, std::string_view text) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return all.find(text);
}

/// The image with one text in it replaced by one of its length, sealed anew.
std::vector<std::byte> altered(std::string_view from, std::string_view to) {
  auto bytes = image();
  bytes.resize(bytes.size() - 16);
  const auto at = place_of(bytes, from);
  std::memcpy(bytes.data() + at, to.data(), to.size());
  append_checksum(bytes);
  return bytes;
}

TEST(PartImage, IsReadAsItWasWritten) {
  const Scratch folder;
  write_durably(folder / "visit.part", image());
  const auto read = decode_part(folder / "visit.part");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sequence, 3);
  EXPECT_EQ(first_difference(read->results, sample::results()), "");
}

TEST(PartImage, IsAbsentWhereThereIsNone) { EXPECT_FALSE(decode_part("/nonexistent/00000001.part")); }

TEST(PartImage, ThatIsCutOffOrChangedIsRefused) {
  const auto whole = image();
  for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 40)
    EXPECT_THAT(told_of(std::span(whole).first(length)), HasSubstr("is no complete part of a results file")) << length;
  auto changed = whole;
  changed[changed.size() / 2] ^= std::byte{1};
  EXPECT_THAT(told_of(changed), HasSubstr("is no complete part"));
}

TEST(PartImage, PassesOverWhatItDoesNotKnowAndMissesWhatItNeeds) {
  // As a later longhaul might write: another table, and a column beside those that are needed.
  EXPECT_EQ(told_of(altered("pairs", "later")), "");
  EXPECT_THAT(told_of(altered("median", "mediam")), HasSubstr("is no complete part"));
}

TEST(PartImage, WithAnyByteWrongIsReadOrRefused) {
  auto bytes = image();
  bytes.resize(bytes.size() - 16);
  for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 41) {
    auto changed = bytes;
    changed[at] = std::byte{0xff};
    append_checksum(changed);
    const auto told = told_of(changed);
    EXPECT_TRUE(told.empty() || told.find("is no complete part") != std::string::npos) << at << ": " << told;
  }
}

TEST(Parts, OfAnOlderLonghaulAreNotPassedOver) {
  const Scratch folder;
  std::filesystem::create_directory(folder / "run.h5.parts");
  write_text(folder / "run.h5.parts/00000001.h5", "HDF5");
  try {
    list_parts(folder / "run.h5");
    FAIL() << "it was passed over";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("holds visits that an earlier longhaul wrote"));
  }
}

}  // namespace
}  // namespace longhaul
