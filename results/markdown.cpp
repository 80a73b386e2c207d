#include "results/markdown.hpp"

#include "results/series_table.hpp"

namespace longhaul {
namespace {

std::string escaped(const std::string& cell) {
  std::string text;
  for (const char letter : cell) {
    if (letter == '|') text += '\\';
    text += letter == '\n' ? ' ' : letter;
  }
  return text;
}

std::string line(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& cell : cells) text += (cell.empty() ? " " : " " + escaped(cell) + " ") + "|";
  return text + "\n";
}

}  // namespace

std::string markdown_table(const TextTable& table) {
  std::vector<std::string> heads, rules;
  for (const auto& column : table.columns) {
    heads.push_back(column.head);
    rules.emplace_back(column.align == TextTable::Align::right ? "---:" : ":---");
  }
  std::string text = line(heads) + line(rules);
  for (const auto& row : table.rows) text += line(row);
  return text;
}

std::string markdown(const Results& results) {
  std::string text;
  for (const auto& condition : conditions(results)) text += "- " + condition + "\n";
  for (const auto& series : series_tables(results))
    text += "\n### " + series.title + "\n\n" + markdown_table(series.table);
  return text + (text.empty() ? "" : "\n") + tally(results) + "\n";
}

}  // namespace longhaul
