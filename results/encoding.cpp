#include "results/encoding.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <type_traits>

#include "results/checksum.hpp"
#include "results/curves.hpp"
#include "results/hdf5.hpp"
#include "results/schema.hpp"
#include "results/stated_length.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

/// Rows that are turned into columns at a time, so that a long table needs no second copy in memory.
constexpr std::size_t kBlock = 65536;

// ---- writing

template <class Row, class Value>
void write_values(hdf5::Dataset& column, const std::vector<Row>& rows, Value Row::*member) {
  std::vector<Value> block;
  for (std::size_t offset = 0; offset < rows.size(); offset += kBlock) {
    const std::size_t end = std::min(offset + kBlock, rows.size());
    block.clear();
    for (std::size_t i = offset; i < end; ++i) block.push_back(rows[i].*member);
    column.write(offset, std::span<const Value>(block));
  }
}

template <class Row>
hdf5::Dataset write_column(hdf5::Group& group, const Column<Row>& column, const std::vector<Row>& rows) {
  return std::visit(
      [&]<class Value>(Value Row::*member) {
        auto dataset = group.create_dataset(column.name, hdf5::type_of<Value>(), {rows.size()});
        write_values(dataset, rows, member);
        return dataset;
      },
      column.member);
}

template <class Row>
hdf5::Type type_of(const Column<Row>& column) {
  return std::visit([]<class Value>(Value Row::*) { return hdf5::type_of<Value>(); }, column.member);
}

template <class Row>
void describe(hdf5::Dataset& dataset, const Column<Row>& column) {
  dataset.set_attribute("long_name", column.meaning);
  dataset.set_attribute("units", column.unit);
  if (column.flags.values.empty()) return;
  dataset.set_attribute(column.flags.bits ? "flag_masks" : "flag_values", type_of(column), column.flags.values);
  dataset.set_attribute("flag_meanings", column.flags.names);
}

template <class Row>
bool has_coordinate(const Table<Row>& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const auto& column) { return std::strcmp(column.name, table.dimension) == 0; });
}

template <class Row>
void write_table(hdf5::Group& root, const Table<Row>& table, const Results& results) {
  const std::vector<Row>& rows = results.*table.rows;
  auto group = root.create_group(table.name);
  group.set_attribute("title", table.meaning);
  if (!has_coordinate(table)) group.create_dimension(table.dimension, rows.size());
  for (const auto& column : table.columns) {
    auto dataset = write_column(group, column, rows);
    describe(dataset, column);
    if (std::strcmp(column.name, table.dimension) == 0) dataset.become_dimension_scale(table.dimension);
  }
  const auto scale = group.dataset(table.dimension);
  for (const auto& column : table.columns)
    if (std::strcmp(column.name, table.dimension) != 0) group.dataset(column.name).attach_scale(0, scale);
}

/// The column of /points by its name.
const Column<PointRow>& point_column(const char* name) {
  const auto& columns = table_of<PointRow>().columns;
  return *std::find_if(columns.begin(), columns.end(),
                       [&](const auto& column) { return std::strcmp(column.name, name) == 0; });
}

/// A cell for which no point was planned.
template <class Value>
Value absent() {
  if constexpr (std::is_same_v<Value, double>) return unknown_value;
  return {};
}

void write_cells(hdf5::Group& group, const Column<PointRow>& column, const Curve& curve,
                 const std::vector<PointRow>& points) {
  auto dataset = group.create_dataset(column.name, type_of(column), {curve.wans.size(), curve.sizes.size()});
  std::visit(
      [&]<class Value>(Value PointRow::*member) {
        std::vector<Value> cells;
        for (const auto point : curve.points)
          cells.push_back(point < 0 ? absent<Value>() : points[static_cast<std::size_t>(point)].*member);
        dataset.write(0, std::span<const Value>(cells));
      },
      column.member);
  describe(dataset, column);
  dataset.attach_scale(0, group.dataset("wan"));
  dataset.attach_scale(1, group.dataset("size"));
}

void describe_series(hdf5::Group& group, const PointRow& series) {
  group.set_attribute("title", series_title(series));
  group.set_attribute("operation", series.operation);
  group.set_attribute("algorithm", series.algorithm);
  group.set_attribute("type", series.type);
  group.set_attribute("reduce_op", series.reduce_op);
  group.set_attribute("in_place", std::int64_t{series.in_place});
  group.set_attribute("mode", series.mode);
  group.set_attribute("backend", series.backend);
  group.set_attribute("ranks", std::int64_t{series.ranks});
  group.set_attribute("placement", series.placement);
}

void write_curve(hdf5::Group& curves, const Curve& curve, const std::vector<PointRow>& points) {
  auto group = curves.create_group(series_name(curve.series));
  describe_series(group, curve.series);
  auto wan = group.create_dataset("wan", hdf5::Type::text, {curve.wans.size()});
  wan.write(0, std::span<const std::string>(curve.wans));
  wan.set_attribute("long_name", "WAN setting");
  wan.become_dimension_scale("wan");
  auto size = group.create_dataset("size", hdf5::Type::int64, {curve.sizes.size()});
  size.write(0, std::span<const std::int64_t>(curve.sizes));
  size.set_attribute("long_name", "bytes a rank as asked");
  size.set_attribute("units", "byte");
  size.become_dimension_scale("size");
  for (const char* name : {"median", "ci_low", "ci_high", "algbw", "busbw", "converged"})
    write_cells(group, point_column(name), curve, points);
}

void write_identity(hdf5::Group& root, const Contents& contents) {
  root.set_attribute("schema_version", std::int64_t{schema_version});
  root.set_attribute("longhaul_version", LONGHAUL_VERSION);
  root.set_attribute("created", contents.created);
  root.set_attribute("file_id", contents.file_id);
}

std::vector<std::byte> sealed(const hdf5::File& file) {
  auto image = file.image();
  append_checksum(image);
  return image;
}

// ---- reading

template <class Row, class Value>
void read_values(const hdf5::Dataset& column, std::vector<Row>& rows, Value Row::*member) {
  std::vector<Value> block;
  for (std::size_t offset = 0; offset < rows.size(); offset += kBlock) {
    block.resize(std::min(kBlock, rows.size() - offset));
    column.read(offset, std::span<Value>(block));
    for (std::size_t i = 0; i < block.size(); ++i) rows[offset + i].*member = std::move(block[i]);
  }
}

template <class Row>
std::vector<Row> read_table(const hdf5::Group& root, const Table<Row>& table) {
  const auto group = root.group(table.name);
  const auto shape = group.dataset(table.columns.front().name).shape();
  if (shape.size() != 1) throw hdf5::Failure(fmt::format("/{} has columns of {} dimensions", table.name, shape.size()));
  std::vector<Row> rows(shape.front());
  for (const auto& column : table.columns) {
    if (column.later && !group.has(column.name)) continue;
    const auto dataset = group.dataset(column.name);
    if (dataset.shape() != shape)
      throw hdf5::Failure(fmt::format("/{}/{} is not as long as the other columns", table.name, column.name));
    std::visit([&](auto member) { read_values(dataset, rows, member); }, column.member);
  }
  return rows;
}

/// False when there is no such file. What a person mistakes for a results file is told apart before HDF5 sees it.
bool may_be_read(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return false;
  if (file < 0) throw EnvironmentError("cannot read '{}': {}", path.string(), std::strerror(errno));
  struct stat status {};
  const bool known = fstat(file, &status) == 0;
  ::close(file);
  if (known && S_ISDIR(status.st_mode))
    throw UsageError("'{}' is a folder; expected a results file (HDF5)", path.string());
  if (known && status.st_size == 0) throw UsageError("'{}' is empty; expected a results file (HDF5)", path.string());
  return true;
}

void require_known_schema(const hdf5::Group& root, const std::filesystem::path& path) {
  if (!root.has_attribute("schema_version"))
    throw UsageError("'{}' is an HDF5 file but no results of Longhaul: it has no schema_version", path.string());
  const auto version = root.integer_attribute("schema_version");
  if (version > schema_version)
    throw UsageError("'{}' has schema version {}, this longhaul {} reads up to {}; read it with a newer longhaul",
                     path.string(), version, LONGHAUL_VERSION, schema_version);
  if (version < 1)
    throw UsageError("'{}' has schema version {}; expected 1 to {}", path.string(), version, schema_version);
}

Contents decode(const std::filesystem::path& path) {
  const auto file = hdf5::File::open(path);
  const auto root = file.root();
  require_known_schema(root, path);
  Contents contents;
  contents.file_id = root.text_attribute("file_id");
  contents.created = root.text_attribute("created");
  contents.sequence = root.integer_attribute("parts_joined");
  for_each_table([&](const auto& table) {
    if (table.later && !root.has(table.name)) return;
    contents.results.*table.rows = read_table(root, table);
  });
  return contents;
}

/// A file that another program changed has lost its checksum, and still is as long as it says.
void refuse_wrong_length(const std::filesystem::path& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  if (const auto stated = stated_length(path); stated && !none && *stated != size)
    throw UsageError("'{}' is no complete results file: it says it is {} bytes long and is {}", path.string(), *stated,
                     size);
}

}  // namespace

std::vector<std::byte> encode_file(const Contents& contents) {
  const auto file = hdf5::File::in_memory();
  auto root = file.root();
  root.set_attribute("title", "Collective communication measured by Longhaul");
  write_identity(root, contents);
  root.set_attribute("parts_joined", contents.sequence);
  for_each_table([&](const auto& table) { write_table(root, table, contents.results); });
  auto curves = root.create_group("curves");
  curves.set_attribute("title", "time and bandwidth by WAN setting and size, a group a series");
  for (const auto& curve : curves_of(contents.results.points)) write_curve(curves, curve, contents.results.points);
  return sealed(file);
}

std::optional<Contents> decode_file(const std::filesystem::path& path) {
  if (!may_be_read(path)) return std::nullopt;
  const auto checksum = verify_checksum(path);
  if (checksum == Checksum::differs)
    throw UsageError("'{}' is no complete results file: its bytes are not those that were written (checksum)",
                     path.string());
  if (checksum == Checksum::absent) refuse_wrong_length(path);
  try {
    return decode(path);
  } catch (const hdf5::Failure& failure) {
    throw UsageError("'{}' is no complete results file: {}", path.string(), failure.what());
  } catch (const std::bad_alloc&) {
    throw UsageError("'{}' is no complete results file: a table is longer than memory", path.string());
  } catch (const std::length_error&) {
    throw UsageError("'{}' is no complete results file: a table is longer than memory", path.string());
  }
}

}  // namespace longhaul
