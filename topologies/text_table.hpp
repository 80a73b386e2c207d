#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// Characters of UTF-8 text, which for all we print is columns on a terminal: "392 µs" has six.
std::size_t text_width(std::string_view text);

/// Aligned columns for a terminal: heads with units, numbers to the right. Widths count characters, not bytes (µ, –).
struct TextTable {
  enum class Align { left, right };
  struct Column {
    std::string head;
    Align align = Align::right;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;

  /// Head, rule, rows; two blanks between columns; no trailing blanks.
  std::string str() const;
};

}  // namespace longhaul
