#pragma once
#include <string>
#include <vector>

#include "results/tables.hpp"
#include "topologies/text_table.hpp"

namespace longhaul {

/// The points of one series as rows for people, by WAN setting and size.
struct SeriesTable {
  std::string title;
  TextTable table;
};

/// A table a series. The share of the inter-site link is a column only where it is known.
std::vector<SeriesTable> series_tables(const Results& results);

/// What all tables share, a line each: topology, library, ranks, and '1:N' where the lab's rates are scaled.
std::vector<std::string> conditions(const Results& results);

/// "72 points: 68 converged, 4 not converged".
std::string tally(const Results& results);

}  // namespace longhaul
