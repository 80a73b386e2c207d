#include "topologies/durable_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>

#include "scratch.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(DurableFile, ReplacesTheOldOneAndLeavesNoTemporary) {
  const Scratch folder;
  write_durably(folder / "a", bytes_of("old"));
  write_durably(folder / "a", bytes_of("new"));
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / ".a.tmp"));
}

/// A file size limit stands for a full disk: the write ends in the middle.
TEST(DurableFile, KeepsTheOldOneWhenTheNewOneDoesNotFit) {
  const Scratch folder;
  write_durably(folder / "a", bytes_of("old"));
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const auto before = std::exchange(limit.rlim_cur, 1000);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  std::string message;
  try {
    write_durably(folder / "a", bytes_of(std::string(5000, 'x')));
  } catch (const EnvironmentError& error) {
    message = error.what();
  }
  limit.rlim_cur = before;
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, AllOf(HasSubstr("cannot write '" + (folder / "a").string() + "'"), HasSubstr("File too large"),
                             HasSubstr("ulimit -f")));
  EXPECT_EQ(read_text(folder / "a"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / ".a.tmp"));
}

TEST(DurableFile, RefusesToReplaceAFolder) {
  const Scratch folder;
  std::filesystem::create_directory(folder / "a");
  EXPECT_THROW(write_durably(folder / "a", bytes_of("text")), EnvironmentError);
  EXPECT_FALSE(std::filesystem::exists(folder / ".a.tmp"));
}

TEST(DurableFile, SaysWhatToDo) {
  EXPECT_THAT(remedy(ENOSPC, "a"), HasSubstr("free some space"));
  EXPECT_EQ(remedy(ENOENT, "runs/a.h5"), "make the folder first: mkdir -p 'runs'");
  EXPECT_THAT(remedy(EROFS, "a"), HasSubstr("a folder that you may write to"));
}

}  // namespace
}  // namespace longhaul
