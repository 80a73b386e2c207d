#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "results/tables.hpp"

/// Each table described once: from this come the HDF5 columns with their attributes, CSV and JSON, and the tables of
/// docs/format.md.
namespace longhaul {

/// What the integers of a column mean, as CF writes it: bits that combine (flag_masks) or values (flag_values).
struct FlagMeanings {
  bool bits = false;
  std::vector<std::int32_t> values;
  std::string names;  ///< one a value, blanks between
};

template <class Row>
using Member =
    std::variant<std::int8_t Row::*, std::int32_t Row::*, std::int64_t Row::*, double Row::*, std::string Row::*>;

template <class Row>
struct Column {
  const char* name;     ///< of the column and of the row's member
  const char* unit;     ///< as UDUNITS spells it: "s", "byte", "byte s-1", "1"; empty for text and flags
  const char* meaning;  ///< long_name
  Member<Row> member;
  FlagMeanings flags{};
  bool later = false;  ///< was added to the schema: a file without it leaves the row's default
};

template <class Row>
struct Table {
  const char* name;       ///< of the group
  const char* dimension;  ///< of its columns; where a column has this name it is the coordinate variable
  const char* meaning;    ///< one row is …
  std::vector<Row> Results::*rows;
  std::vector<Column<Row>> columns;
  bool later = false;  ///< was added to the schema: a file without it has no rows of it
};

using Schema = std::tuple<Table<LaunchRow>, Table<RankRow>, Table<WanRow>, Table<PointRow>, Table<VisitRow>,
                          Table<PairRow>, Table<LinkRow>, Table<SampleRow>, Table<RankSummaryRow>, Table<SoakRow>,
                          Table<EventRow>, Table<ExchangeRow>>;

const Schema& schema();

template <class Row>
const Table<Row>& table_of() {
  return std::get<Table<Row>>(schema());
}

/// Call `visit(const Table<Row>&)` for every table, in the order of the file.
template <class Visit>
void for_each_table(Visit&& visit) {
  std::apply([&](const auto&... table) { (visit(table), ...); }, schema());
}

/// Call `use(value)` with the value that a row has in a column.
template <class Row, class Use>
decltype(auto) with_value(const Column<Row>& column, const Row& row, Use&& use) {
  return std::visit([&](auto member) -> decltype(auto) { return use(row.*member); }, column.member);
}

}  // namespace longhaul
