#pragma once
#include <string>
#include <vector>

namespace longhaul {

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
