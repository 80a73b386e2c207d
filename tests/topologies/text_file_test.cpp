#include "topologies/text_file.hpp"

#include <gtest/gtest.h>

#include "raises.hpp"
#include "scratch.hpp"

namespace longhaul {
namespace {

std::string refusal_of(const std::string& path) {
  try {
    write_text_file(path, "text");
  } catch (const EnvironmentError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no EnvironmentError was raised";
  return {};
}

TEST(TextFile, IsReadAsItWasWrittenAndReplacesWhatWasThere) {
  const Scratch scratch;
  const std::string path = scratch / "file", bytes("one\0two\r\n", 9);
  write_text_file(path, "something longer than that");
  write_text_file(path, bytes);
  EXPECT_EQ(read_text_file(path, 9), bytes);
  EXPECT_EQ(usage_error_of([&] { read_text_file(path, 8); }), "'" + path + "' is larger than 8 B");
}

TEST(TextFile, ThatCannotBeWrittenIsNamedWithTheReason) {
  const Scratch scratch;
  EXPECT_EQ(refusal_of("/dev/full"), "cannot write '/dev/full': No space left on device");
  const std::string nowhere = scratch / "none/file";
  EXPECT_EQ(refusal_of(nowhere), "cannot write '" + nowhere + "': No such file or directory");
}

}  // namespace
}  // namespace longhaul
