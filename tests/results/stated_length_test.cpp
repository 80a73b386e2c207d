#include "results/stated_length.hpp"

#include <gtest/gtest.h>

#include "results/store.hpp"
#include "sample_results.hpp"
#include "tests/topologies/scratch.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr std::size_t trailer = 16;  // checksum.hpp

TEST(StatedLength, IsWithoutTheChecksumBehindIt) {
  const Scratch scratch;
  write_results(scratch / "run.h5", sample::results());
  EXPECT_EQ(stated_length(scratch / "run.h5"), std::filesystem::file_size(scratch / "run.h5") - trailer);
}

TEST(StatedLength, IsAbsentOfOtherFiles) {
  const Scratch scratch;
  write_text(scratch / "text", std::string(200, 'x'));
  EXPECT_FALSE(stated_length(scratch / "text"));
  EXPECT_FALSE(stated_length(scratch / "none"));
}

TEST(ReadResults, RefusesAFileThatLostBytesAndItsChecksum) {
  const Scratch scratch;
  write_results(scratch / "run.h5", sample::results());
  auto text = read_text(scratch / "run.h5");
  text.resize(text.size() - trailer);
  write_text(scratch / "bare.h5", text);
  EXPECT_EQ(read_results(scratch / "bare.h5").points.size(), 72u) << "as another program would leave it";
  text.erase(text.size() / 2, 40);
  write_text(scratch / "cut.h5", text);
  EXPECT_THROW(read_results(scratch / "cut.h5"), UsageError);
}

}  // namespace
}  // namespace longhaul
