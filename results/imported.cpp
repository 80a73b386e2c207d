#include "results/imported.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "collectives/counts.hpp"
#include "results/imported_table.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr std::size_t largest_text = std::size_t{256} << 20;

struct TypeName {
  const char* nccl;
  const char* ours;
  int bytes;
};
constexpr std::array<TypeName, 12> kTypes{{{"int8", "int8", 1},
                                           {"uint8", "uint8", 1},
                                           {"int32", "int32", 4},
                                           {"uint32", "uint32", 4},
                                           {"int64", "int64", 8},
                                           {"uint64", "uint64", 8},
                                           {"half", "float16", 2},
                                           {"float", "float32", 4},
                                           {"double", "float64", 8},
                                           {"bfloat16", "bfloat16", 2},
                                           {"f8e4m3", "float8_e4m3", 1},
                                           {"f8e5m2", "float8_e5m2", 1}}};

std::string without_marks(std::string_view name) {
  std::string letters;
  for (const char letter : name)
    if (letter != '_' && letter != '-')
      letters += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
  return letters;
}

/// A file's launch must not be taken for another's, nor for itself in another file.
std::string id_of(std::string_view text, const std::string& source) {
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  return fmt::format("imported-{:08x}-{}", crc, source);
}

}  // namespace

std::string type_from_nccl(std::string_view name) {
  for (const auto& type : kTypes)
    if (name == type.nccl) return type.ours;
  return std::string(name);
}

std::string type_to_nccl(std::string_view name) {
  for (const auto& type : kTypes)
    if (name == type.ours) return type.nccl;
  return std::string(name);
}

int bytes_of_type(std::string_view type) {
  for (const auto& known : kTypes)
    if (type == known.ours) return known.bytes;
  return 0;
}

std::string operation_from(std::string_view name) {
  if (name.ends_with("_perf")) name.remove_suffix(5);
  if (name.ends_with("_perf_mpi")) name.remove_suffix(9);
  const auto letters = without_marks(name);
  for (const auto& operation : operation_names())
    if (letters == without_marks(operation)) return operation;
  return letters == "bcast" ? "broadcast" : "";
}

ImportBuilder::ImportBuilder(const ImportHints& hints) {
  LaunchRow launch;
  launch.command = "imported from " + hints.source;
  launch.backend = "nccl";
  launch.wan_engine = "none";
  launch.ranks = hints.ranks;
  imported_.results.launches.push_back(launch);
}

PointRow& ImportBuilder::add_point(const TableAxes& axes, std::int64_t size, const std::string& type,
                                   const std::string& reduce_op, bool in_place, const std::string& key) {
  PointRow point;
  point.point = static_cast<std::int32_t>(imported_.results.points.size());
  point.key = key;
  point.operation = axes.operation;
  point.algorithm = axes.algorithm;
  point.type = type;
  point.reduce_op = reduce_op;
  point.mode = axes.mode;
  point.wan = axes.wan;
  point.backend = axes.backend;
  point.placement = axes.placement;
  point.settings = axes.settings;
  point.in_place = in_place ? 1 : 0;
  point.ranks = axes.ranks;
  point.size = point.moved = size;
  point.wrong = -1;
  imported_.results.points.push_back(point);
  auto& launch = imported_.results.launches.front();
  launch.ranks = std::max(launch.ranks, axes.ranks);
  launch.backend = axes.backend;
  return imported_.results.points.back();
}

bool ImportBuilder::add(const TableAxes& axes, std::int64_t size, const std::string& type, const std::string& reduce_op,
                        bool in_place, const Value& value) {
  const auto key = fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}{}", axes.operation, axes.algorithm, type, reduce_op,
                               in_place ? "in-place" : "out-of-place", axes.mode, size, axes.wan, axes.backend,
                               axes.ranks, axes.placement, axes.settings == "default" ? "" : "/" + axes.settings);
  if (!keys_.insert(key).second) return false;
  auto& point = add_point(axes, size, type, reduce_op, in_place, key);
  point.launches = point.rounds = point.visits = 1;
  point.median = value.time;
  point.wrong = value.wrong;
  point.reason = "imported: one value, no samples";
  const auto operation = parse_operation(axes.operation);
  const double rate = value.time > 0 ? static_cast<double>(size) / value.time : unknown_value;
  point.algbw = std::isfinite(value.algbw) ? value.algbw : rate;
  point.busbw = std::isfinite(value.busbw) ? value.busbw : rate * bus_factor(operation, axes.ranks);
  VisitRow visit;
  visit.visit = static_cast<std::int32_t>(imported_.results.visits.size());
  visit.point = point.point;
  visit.median = value.time;
  visit.wrong = std::max<std::int64_t>(value.wrong, 0);
  visit.flags = value.wrong > 0 ? flag_wrong_data : 0;
  imported_.results.visits.push_back(visit);
  return true;
}

void ImportBuilder::add_failure(const TableAxes& axes, std::int64_t size, const std::string& reason) {
  const auto key = fmt::format("{}/{}/{}/{}/failed/{}", axes.operation, axes.algorithm, axes.backend, axes.ranks, size);
  if (!keys_.insert(key).second) return;
  add_point(axes, size, "float32", "none", false, key).reason = "failed: " + reason;
}

void ImportBuilder::skip(std::size_t line, const std::string& why) {
  auto& skipped = imported_.skipped;
  if (!skipped.empty() && skipped.back().why == why && skipped.back().last + 1 == line)
    skipped.back().last = line;
  else
    skipped.push_back({line, line, why});
}

Imported import_text(std::string_view text, const ImportHints& hints) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  const bool is_json = begin != std::string_view::npos && text[begin] == '{';
  auto imported = is_json                                         ? import_nccl_json(text, hints)
                  : text.find("# OSU ") != std::string_view::npos ? import_osu_text(text, hints)
                                                                  : import_nccl_text(text, hints);
  if (imported.results.points.empty()) {
    const auto why = imported.skipped.empty()
                         ? std::string("it is empty")
                         : fmt::format("line {}: {}", imported.skipped.front().first, imported.skipped.front().why);
    throw UsageError("'{}' holds no result of nccl-tests or OSU that can be read ({})", hints.source, why);
  }
  imported.results.launches.front().id = id_of(text, hints.source);
  return imported;
}

std::string read_packed(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) throw UsageError("cannot read '{}'; give a text file of nccl-tests or OSU, or one that is gzipped", path);
  std::string text(1 << 16, '\0');
  std::size_t size = 0;
  for (;;) {
    const int got = gzread(file.get(), text.data() + size, static_cast<unsigned>(text.size() - size));
    if (got < 0) throw UsageError("'{}' is damaged: its gzip stream ends in an error", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > largest_text) throw UsageError("'{}' unpacks to more than 256 MiB; split it", path);
    if (size == text.size()) text.resize(2 * size);
  }
  text.resize(size);
  return text;
}

}  // namespace longhaul
