#include "results/terminal_table.hpp"

#include "results/heatmap.hpp"
#include "results/series_table.hpp"

namespace longhaul {

std::string terminal_table(const Results& results) {
  std::string text;
  for (const auto& line : conditions(results)) text += line + "\n";
  for (const auto& series : series_tables(results)) text += "\n" + series.title + "\n" + series.table.str();
  if (const auto maps = heatmaps(results); !maps.empty()) text += "\n" + maps;
  return text + (text.empty() ? "" : "\n") + tally(results) + "\n";
}

}  // namespace longhaul
