#include "results/hdf5.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "tests/topologies/scratch.hpp"

namespace longhaul::hdf5 {
namespace {

void save(const File& file, const std::filesystem::path& path) {
  const auto image = file.image();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
}

template <class T>
void expect_kept(const std::vector<T>& values) {
  const Scratch folder;
  {
    const auto file = File::in_memory();
    auto column = file.root().create_dataset("column", type_of<T>(), {values.size()});
    column.write(0, std::span<const T>(values));
    save(file, folder / "a.h5");
  }
  std::vector<T> read(values.size());
  const auto file = File::open(folder / "a.h5");
  const auto column = file.root().dataset("column");
  ASSERT_EQ(column.shape(), std::vector<std::size_t>{values.size()});
  column.read(0, std::span<T>(read));
  EXPECT_EQ(read, values);
}

TEST(Hdf5, KeepsColumnsOfEachType) {
  expect_kept<std::int8_t>({-128, 0, 127});
  expect_kept<std::int32_t>({INT32_MIN, 0, INT32_MAX});
  expect_kept<std::int64_t>({INT64_MIN, 0, INT64_MAX});
  expect_kept<double>({-1e308, 0, 5e-324});
  expect_kept<std::string>({"", "µs – 日本", std::string(100000, 'x')});
  expect_kept<double>({});
  expect_kept<std::string>({});
}

TEST(Hdf5, KeepsLongColumnsCompressed) {
  std::vector<std::int64_t> values(300000);
  std::iota(values.begin(), values.end(), 0);
  expect_kept(values);
  const auto file = File::in_memory();
  auto column = file.root().create_dataset("column", Type::int64, {values.size()});
  column.write(0, std::span<const std::int64_t>(values));
  EXPECT_LT(file.image().size(), values.size() * sizeof(std::int64_t) / 4);
}

TEST(Hdf5, WritesAndReadsBlocksOfAColumn) {
  const auto file = File::in_memory();
  auto column = file.root().create_dataset("column", Type::int32, {5});
  const std::vector<std::int32_t> head{1, 2}, tail{3, 4, 5};
  column.write(2, std::span<const std::int32_t>(tail));
  column.write(0, std::span<const std::int32_t>(head));
  std::vector<std::int32_t> middle(3);
  column.read(1, std::span<std::int32_t>(middle));
  EXPECT_EQ(middle, (std::vector<std::int32_t>{2, 3, 4}));
  EXPECT_THROW(column.read(3, std::span<std::int32_t>(middle)), Failure) << "past the end";
}

TEST(Hdf5, KeepsAttributes) {
  const auto file = File::in_memory();
  auto group = file.root().create_group("group");
  group.set_attribute("text", "µs");
  group.set_attribute("number", std::int64_t{-7});
  group.set_attribute("nothing", "");
  EXPECT_EQ(group.text_attribute("text"), "µs");
  EXPECT_EQ(group.integer_attribute("number"), -7);
  EXPECT_FALSE(group.has_attribute("nothing")) << "an empty text is no attribute";
  EXPECT_THROW(group.integer_attribute("text"), Failure);
  EXPECT_THROW(group.text_attribute("number"), Failure);
  EXPECT_THROW(group.text_attribute("none"), Failure);
}

TEST(Hdf5, ListsNamesInOrderOfCreation) {
  const auto file = File::in_memory();
  for (const char* name : {"zebra", "ape", "mole"}) file.root().create_group(name);
  EXPECT_EQ(file.root().names(), (std::vector<std::string>{"zebra", "ape", "mole"}));
}

TEST(Hdf5, HasSeveralFilesInMemoryAtOnce) {
  const auto one = File::in_memory(), other = File::in_memory();
  one.root().create_group("group");
  EXPECT_FALSE(other.root().has("group"));
}

TEST(Hdf5, RefusesToReadFloatsAsIntegers) {
  const auto file = File::in_memory();
  const auto column = file.root().create_dataset("column", Type::float64, {1});
  std::vector<std::int32_t> values(1);
  std::vector<std::string> texts(1);
  EXPECT_THROW(column.read(0, std::span<std::int32_t>(values)), Failure);
  EXPECT_THROW(column.read(0, std::span<std::string>(texts)), Failure);
}

TEST(Hdf5, SaysInOneLineWhatIsMissing) {
  const auto file = File::in_memory();
  try {
    file.root().create_group("points").dataset("median");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.what(),
                testing::AllOf(testing::StartsWith("no column 'median' in /points: "),
                               testing::HasSubstr("doesn't exist"), testing::Not(testing::HasSubstr("\n"))));
  }
}

TEST(Hdf5, PrintsNothingWhenACallFails) {
  testing::internal::CaptureStderr();
  EXPECT_THROW(File::open("/nonexistent/file.h5"), Failure);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace longhaul::hdf5
