#pragma once
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "results/schema.hpp"

namespace longhaul {

template <class Value>
bool same_value(const Value& a, const Value& b) {
  if constexpr (std::is_same_v<Value, double>)
    return a == b || (std::isnan(a) && std::isnan(b));
  else
    return a == b;
}

/// The first cell in which two results differ, "points[3].median: 1 and 2"; empty when all are the same (NaN equals
/// NaN).
inline std::string first_difference(const Results& a, const Results& b) {
  std::string found;
  for_each_table([&](const auto& table) {
    const auto &mine = a.*table.rows, &other = b.*table.rows;
    if (found.empty() && mine.size() != other.size())
      found = fmt::format("{}: {} and {} rows", table.name, mine.size(), other.size());
    for (std::size_t i = 0; i < mine.size() && found.empty(); ++i)
      for (const auto& column : table.columns)
        std::visit(
            [&](auto member) {
              if (!same_value(mine[i].*member, other[i].*member))
                found =
                    fmt::format("{}[{}].{}: {} and {}", table.name, i, column.name, mine[i].*member, other[i].*member);
            },
            column.member);
  });
  return found;
}

}  // namespace longhaul
