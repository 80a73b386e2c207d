#include "topologies/text_table.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

TEST(TextTable, AlignsByCharactersAndLeavesNoTrailingBlanks) {
  const TextTable table{{{"Path", TextTable::Align::left}, {"RTT µs"}, {"Note", TextTable::Align::left}},
                        {{"a → b", "794", "short"}, {"north", "1", ""}}};
  EXPECT_EQ(table.str(),
            "Path   RTT µs  Note\n"
            "─────  ──────  ─────\n"
            "a → b     794  short\n"
            "north       1\n");
}

TEST(TextTable, WithoutRowsIsItsHead) {
  const TextTable table{{{"Name"}}, {}};
  EXPECT_EQ(table.str(), "Name\n────\n");
}

}  // namespace
}  // namespace longhaul
