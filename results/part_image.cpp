#include "results/part_image.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "results/checksum.hpp"
#include "results/schema.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kBegin = "LHpart1\n";

/// Of a column's values: bytes of one, 0 for texts.
template <class Value>
constexpr std::uint8_t width_of() {
  return std::is_same_v<Value, std::string> ? 0 : sizeof(Value);
}

class Writer {
 public:
  void raw(const void* data, std::size_t size) {
    const auto* const bytes = static_cast<const std::byte*>(data);
    image.insert(image.end(), bytes, bytes + size);
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void put(Number value) { raw(&value, sizeof value); }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    raw(text.data(), text.size());
  }
  void put(const std::string& text) { put(std::string_view(text)); }

  std::vector<std::byte> image;
};

template <class Row>
void write_table(Writer& writer, const Table<Row>& table, const std::vector<Row>& rows) {
  writer.put(std::string_view(table.name));
  writer.put(static_cast<std::uint64_t>(rows.size()));
  writer.put(static_cast<std::uint32_t>(table.columns.size()));
  for (const auto& column : table.columns) {
    writer.put(std::string_view(column.name));
    std::visit(
        [&]<class Value>(Value Row::*member) {
          writer.put(width_of<Value>());
          for (const auto& row : rows) writer.put(row.*member);
        },
        column.member);
  }
}

struct Damaged {};

/// Reads what Writer wrote, never beyond its end.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> image) : left_(image) {}

  std::span<const std::byte> raw(std::size_t size) {
    if (size > left_.size()) throw Damaged{};
    const auto bytes = left_.first(size);
    left_ = left_.subspan(size);
    return bytes;
  }
  template <class Value>
  void get(Value& value) {
    if constexpr (std::is_same_v<Value, std::string>) {
      const auto bytes = raw(number<std::uint32_t>());
      value.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } else {
      std::memcpy(&value, raw(sizeof value).data(), sizeof value);
    }
  }
  template <class Number>
  Number number() {
    Number value;
    get(value);
    return value;
  }
  std::string text() {
    std::string value;
    get(value);
    return value;
  }
  void pass_over(std::uint8_t width, std::uint64_t count) {
    for (; count > 0; --count) raw(width == 0 ? number<std::uint32_t>() : width);
  }
  /// A number of things that take a byte each at least.
  std::uint64_t count() {
    const auto value = number<std::uint64_t>();
    if (value > left_.size()) throw Damaged{};
    return value;
  }

 private:
  std::span<const std::byte> left_;
};

template <class Row>
void read_column(Reader& reader, const Column<Row>& column, std::vector<Row>& rows) {
  const auto width = reader.number<std::uint8_t>();
  std::visit(
      [&]<class Value>(Value Row::*member) {
        if (width != width_of<Value>()) throw Damaged{};
        for (auto& row : rows) reader.get(row.*member);
      },
      column.member);
}

template <class Row>
std::vector<Row> read_table(Reader& reader, const Table<Row>& table, std::uint64_t count, std::uint32_t columns) {
  std::vector<Row> rows(count);
  std::size_t found = 0;
  for (std::uint32_t i = 0; i < columns; ++i) {
    const auto name = reader.text();
    const auto column = std::ranges::find_if(table.columns, [&](const auto& each) { return name == each.name; });
    if (column == table.columns.end()) {
      reader.pass_over(reader.number<std::uint8_t>(), count);
      continue;
    }
    read_column(reader, *column, rows);
    found += column->later ? 0 : 1;
  }
  const auto needed = std::ranges::count_if(table.columns, [](const auto& column) { return !column.later; });
  if (found != static_cast<std::size_t>(needed)) throw Damaged{};
  return rows;
}

void read_any_table(Reader& reader, Results& results) {
  const auto name = reader.text();
  const auto count = reader.count();
  const auto columns = reader.number<std::uint32_t>();
  bool known = false;
  for_each_table([&](const auto& table) {
    if (name != table.name) return;
    known = true;
    results.*table.rows = read_table(reader, table, count, columns);
  });
  if (known) return;
  for (std::uint32_t i = 0; i < columns; ++i) {
    reader.text();
    reader.pass_over(reader.number<std::uint8_t>(), count);
  }
}

Contents decode(std::span<const std::byte> image) {
  Reader reader(image);
  const auto begin = reader.raw(kBegin.size());
  if (std::memcmp(begin.data(), kBegin.data(), kBegin.size()) != 0) throw Damaged{};
  Contents contents;
  reader.get(contents.file_id);
  reader.get(contents.created);
  reader.get(contents.sequence);
  for (auto tables = reader.number<std::uint32_t>(); tables > 0; --tables) read_any_table(reader, contents.results);
  return contents;
}

}  // namespace

std::vector<std::byte> encode_part(const Contents& contents) {
  Writer writer;
  writer.raw(kBegin.data(), kBegin.size());
  writer.put(contents.file_id);
  writer.put(contents.created);
  writer.put(contents.sequence);
  std::uint32_t tables = 0;
  for_each_table([&](const auto& table) { tables += (contents.results.*table.rows).empty() ? 0 : 1; });
  writer.put(tables);
  for_each_table([&](const auto& table) {
    const auto& rows = contents.results.*table.rows;
    if (!rows.empty()) write_table(writer, table, rows);
  });
  append_checksum(writer.image);
  return std::move(writer.image);
}

std::optional<Contents> decode_part(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    if (errno == ENOENT) return std::nullopt;
    throw EnvironmentError("cannot read '{}': {}", path.string(), std::strerror(errno));
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto image = without_checksum(std::as_bytes(std::span(text)));
  try {
    if (!image) throw Damaged{};
    return decode(*image);
  } catch (const Damaged&) {
    throw UsageError("'{}' is no complete part of a results file; remove it to go on without that visit",
                     path.string());
  }
}

}  // namespace longhaul
