#include "topologies/text_table.hpp"

#include <algorithm>

#include "topologies/utf8.hpp"

namespace longhaul {
namespace {

std::string aligned(const std::string& cell, std::size_t width, TextTable::Align align) {
  return align == TextTable::Align::left ? padded(cell, width) : padded_left(cell, width);
}

std::string in_one_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i ? "  " : "") + cells[i];
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string TextTable::str() const {
  std::vector<std::size_t> widths;
  for (const auto& column : columns) widths.push_back(text_width(column.head));
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], text_width(row[i]));

  std::vector<std::string> heads, rules;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    heads.push_back(aligned(columns[i].head, widths[i], columns[i].align));
    rules.push_back(repeated("─", widths[i]));
  }
  std::string text = in_one_line(heads) + in_one_line(rules);
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      cells.push_back(aligned(row[i], widths[i], columns[i].align));
    text += in_one_line(cells);
  }
  return text;
}

}  // namespace longhaul
