#include "results/schema.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "tests/topologies/scratch.hpp"

namespace longhaul {
namespace {

const char* name_of(std::int8_t) { return "int8"; }
const char* name_of(std::int32_t) { return "int32"; }
const char* name_of(std::int64_t) { return "int64"; }
const char* name_of(double) { return "float64"; }
const char* name_of(const std::string&) { return "text"; }

/// "16 oversubscribed" for each value.
std::string meanings(const FlagMeanings& flags) {
  std::istringstream names(flags.names);
  std::string text, name;
  for (const auto value : flags.values) {
    names >> name;
    text += fmt::format("{} {} `{}`", text.empty() ? ":" : ",", value, name);
  }
  return text;
}

template <class Row>
std::string described(const Table<Row>& table) {
  auto text = fmt::format(
      "### /{}\n\nOne row is {}. Dimension `{}`.\n\n| column | type | unit | meaning |\n|---|---|---|---|\n",
      table.name, table.meaning, table.dimension);
  for (const auto& column : table.columns)
    text += fmt::format("| `{}` | {} | {} | {}{} |\n", column.name,
                        with_value(column, Row{}, [](const auto& value) { return name_of(value); }), column.unit,
                        column.meaning, meanings(column.flags));
  return text + "\n";
}

TEST(Schema, IsWhatTheDocumentSays) {
  const std::string file = LONGHAUL_SOURCE_DIR "/docs/format.md", begin = "<!-- columns -->\n",
                    end = "<!-- /columns -->";
  auto document = read_text(file);
  std::string columns = "\n";
  for_each_table([&](const auto& table) { columns += described(table); });
  const auto from = document.find(begin) + begin.size(), to = document.find(end);
  ASSERT_LE(from, to);
  if (std::getenv("LONGHAUL_UPDATE_GOLDEN")) {
    document.replace(from, to - from, columns);
    write_text(file, document);
  } else {
    EXPECT_EQ(document.substr(from, to - from), columns) << "if wanted: LONGHAUL_UPDATE_GOLDEN=1 results_test";
  }
}

TEST(Schema, NamesEachColumnOnce) {
  for_each_table([](const auto& table) {
    std::set<std::string> names;
    for (const auto& column : table.columns)
      EXPECT_TRUE(names.insert(column.name).second) << table.name << "/" << column.name;
  });
}

struct Anything {
  template <class T>
  operator T() const;  // never called: it only lets a struct be initialised in thought
};

/// How many members a plain struct has: as many as it takes initialisers.
template <class Row, class... Initialisers>
constexpr std::size_t members() {
  if constexpr (requires { Row{Initialisers{}..., Anything{}}; })
    return members<Row, Initialisers..., Anything>();
  else
    return sizeof...(Initialisers);
}

TEST(Schema, HasAColumnForEachMember) {
  for_each_table([]<class Row>(const Table<Row>& table) {
    EXPECT_EQ(table.columns.size(), members<Row>()) << table.name << ": a member without a column is lost in files";
  });
}

TEST(Schema, HasANameForEachFlagValue) {
  for_each_table([](const auto& table) {
    for (const auto& column : table.columns) {
      std::istringstream names(column.flags.names);
      std::size_t count = 0;
      for (std::string name; names >> name;) ++count;
      EXPECT_EQ(count, column.flags.values.size()) << table.name << "/" << column.name;
    }
  });
}

}  // namespace
}  // namespace longhaul
