#include "results/imported.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "collectives/counts.hpp"
#include "results/imported_lines.hpp"
#include "results/imported_table.hpp"
#include "results/merge.hpp"
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

/// Of what the text says, whatever file it lies in and however its lines are tagged and ended: a copy is no other run.
std::string id_of(std::string_view text) {
  uLong crc = 0;
  std::size_t size = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = bare_line(text.substr(0, end));
    crc = crc32(crc, reinterpret_cast<const Bytef*>(line.data()), static_cast<uInt>(line.size()));
    crc = crc32(crc, reinterpret_cast<const Bytef*>("\n"), 1);
    size += line.size() + 1;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fmt::format("imported-{:08x}-{}", crc, size);
}

/// Points that were measured more than once are summed up.
void sum_up(Results& results) {
  if (std::ranges::any_of(results.points, [](const PointRow& point) { return point.visits > 1; }))
    results = merge({std::move(results)});
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
  point.load = axes.load;
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

void ImportBuilder::add(const TableAxes& axes, std::int64_t size, const std::string& type, const std::string& reduce_op,
                        bool in_place, const Value& value) {
  const auto key = fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}{}{}", axes.operation, axes.algorithm, type, reduce_op,
                               in_place ? "in-place" : "out-of-place", axes.mode, size, axes.wan, axes.backend,
                               axes.ranks, axes.placement, axes.settings == "default" ? "" : "/" + axes.settings,
                               axes.load == 0 ? "" : fmt::format("/load={}", axes.load));
  const auto [entry, is_new] = seen_.try_emplace(key);
  auto& seen = entry->second;
  if (is_new)
    seen = {add_measured(axes, size, type, reduce_op, in_place, key, value), start_, 0, 0};
  else if (seen.start == start_)
    ++seen.round;
  else
    seen = {seen.point, start_, seen.launch + 1, 0};
  launches_ = std::max(launches_, seen.launch + 1);
  imported_.results.points[static_cast<std::size_t>(seen.point)].visits += 1;
  VisitRow visit;
  visit.visit = static_cast<std::int32_t>(imported_.results.visits.size());
  visit.point = seen.point;
  visit.launch = seen.launch;
  visit.round = seen.round;
  visit.median = value.time;
  visit.resolution = value.resolution;
  visit.wrong = value.wrong;
  visit.flags = value.wrong > 0 ? flag_wrong_data : 0;
  imported_.results.visits.push_back(visit);
}

std::int32_t ImportBuilder::add_measured(const TableAxes& axes, std::int64_t size, const std::string& type,
                                         const std::string& reduce_op, bool in_place, const std::string& key,
                                         const Value& value) {
  auto& point = add_point(axes, size, type, reduce_op, in_place, key);
  point.launches = point.rounds = 1;
  point.median = value.time;
  point.wrong = value.wrong;
  point.reason = "imported: values without samples";
  const auto operation = parse_operation(axes.operation);
  const double rate = value.time > 0 ? static_cast<double>(size) / value.time : unknown_value;
  point.algbw = std::isfinite(value.algbw) ? value.algbw : rate;
  point.busbw = std::isfinite(value.busbw) ? value.busbw : rate * bus_factor(operation, axes.ranks);
  return point.point;
}

void ImportBuilder::add_failure(const TableAxes& axes, std::int64_t size, const std::string& reason) {
  const auto key = fmt::format("{}/{}/{}/{}/failed/{}", axes.operation, axes.algorithm, axes.backend, axes.ranks, size);
  if (seen_.try_emplace(key).second)
    add_point(axes, size, unknown_axis, unknown_axis, false, key).reason = "failed: " + reason;
}

void ImportBuilder::skip(std::size_t line, const std::string& why) {
  auto& skipped = imported_.skipped;
  if (!skipped.empty() && skipped.back().why == why && skipped.back().last + 1 == line)
    skipped.back().last = line;
  else
    skipped.push_back({line, line, why});
}

Imported ImportBuilder::take() {
  auto& launches = imported_.results.launches;
  launches.resize(static_cast<std::size_t>(launches_), launches.front());
  for (std::size_t i = 0; i < launches.size(); ++i)
    launches[i].launch = launches[i].slot = static_cast<std::int32_t>(i);
  return std::move(imported_);
}

Imported import_text(std::string_view text, const ImportHints& hints) {
  text = without_byte_order_mark(text);
  const auto bared = bared_json(text);
  if (!bared.empty()) text = bared;
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
  sum_up(imported.results);
  const auto id = id_of(text);
  for (auto& launch : imported.results.launches)
    launch.id = launch.launch == 0 ? id : fmt::format("{}-{}", id, launch.launch + 1);
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
