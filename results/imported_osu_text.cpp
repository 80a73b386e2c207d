// OSU micro-benchmarks' collective latency tests: "# OSU MPI Allreduce Latency Test v7.4", then rows of size, average,
// and with -f least, greatest and iterations; times in µs.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include "results/imported_table.hpp"

namespace longhaul {

Imported import_osu_text(std::string_view text, const ImportHints& hints) {
  ImportBuilder builder(hints);
  TableAxes axes;
  axes.backend = "mpi";
  axes.mode = "latency";
  axes.ranks = hints.ranks;
  axes.placement = hints.ranks > 0 ? fmt::format("{}a", hints.ranks) : "";
  axes.operation = operation_from(hints.collective);
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line);
    std::string first, library, name;
    if (line.starts_with("# OSU ")) {
      words >> first >> first >> library >> name;
      axes.operation = operation_from(name);
      if (axes.operation.empty()) builder.skip(number, fmt::format("'{}' is none of our collectives", name));
      continue;
    }
    std::int64_t size = 0;
    double average = 0;
    if (line.starts_with("#") || line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!(words >> size >> average) || size < 0 || !std::isfinite(average) || average < 0) {
      builder.skip(number, "no row of a table");
    } else if (axes.operation.empty() || axes.ranks < 1) {
      builder.skip(number, axes.ranks < 1 ? "rows of an unknown number of ranks: give --ranks N"
                                          : "rows of a collective that is not named: give --collective NAME");
    } else {
      ImportBuilder::Value value;
      value.time = average * 1e-6;
      const bool reduces = axes.operation.find("reduce") != std::string::npos;
      builder.add(axes, size, "float32", reduces ? "sum" : "none", false, value);
    }
  }
  return builder.take();
}

}  // namespace longhaul
