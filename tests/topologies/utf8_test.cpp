#include "topologies/utf8.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

TEST(TextWidth, CountsCharactersNotBytes) {
  EXPECT_EQ(text_width("392 µs"), 6u);
  EXPECT_EQ(text_width("─→●"), 3u);
}

TEST(FirstByteNotText, AcceptsAllOfUnicodeAndLineEnds) {
  EXPECT_FALSE(first_byte_not_text("a\tb\r\n µ – 漢 \xF0\x9F\x8C\x8D"));
  EXPECT_FALSE(first_byte_not_text(""));
}

// Well-formed sequences: The Unicode Standard, table 3-7; RFC 3629, section 3.
TEST(FirstByteNotText, FindsControlCharactersAndBrokenSequences) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(first_byte_not_text("ab\0c"sv), 2u);
  EXPECT_EQ(first_byte_not_text("\x7f"), 0u);
  EXPECT_EQ(first_byte_not_text("a\xC0\xAF"), 1u) << "overlong slash";
  EXPECT_EQ(first_byte_not_text("a\xE0\x80\xAF"), 1u) << "overlong slash in three bytes";
  EXPECT_EQ(first_byte_not_text("\xED\xA0\x80"), 0u) << "surrogate";
  EXPECT_EQ(first_byte_not_text("\xF4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
  EXPECT_EQ(first_byte_not_text("x\xC2"), 1u) << "cut short";
  EXPECT_EQ(first_byte_not_text("\x80"), 0u) << "continuation without a beginning";
}

TEST(Padded, FillsByWidth) {
  EXPECT_EQ(padded("µ", 3), "µ  ");
  EXPECT_EQ(padded_left("µ", 3), "  µ");
  EXPECT_EQ(centred("µ", 4), " µ  ");
  EXPECT_EQ(padded("long", 2), "long");
}

TEST(Shortened, EndsInAnEllipsisAndNeverInsideACharacter) {
  EXPECT_EQ(shortened("metro-a", 7), "metro-a");
  EXPECT_EQ(shortened("metro-a", 5), "metr…");
  EXPECT_EQ(shortened("µµµµ", 3), "µµ…");
  EXPECT_EQ(shortened("ab", 1), "…");
}

TEST(FirstBytes, NeverEndInsideACharacter) {
  EXPECT_EQ(first_bytes("aµb", 4), "aµb");
  EXPECT_EQ(first_bytes("aµb", 3), "aµ");
  EXPECT_EQ(first_bytes("aµb", 2), "a");
  EXPECT_EQ(first_bytes("a…", 3), "a");
  EXPECT_EQ(first_bytes("µ", 1), "");
}

}  // namespace
}  // namespace longhaul
