#include "results/store.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "results/encoding.hpp"
#include "results/file_lock.hpp"
#include "results/part_image.hpp"
#include "results/parts.hpp"
#include "results/schema.hpp"
#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

Contents new_contents() { return {random_id(), now(), 0, {}}; }

std::size_t rows_of(const Results& results) {
  std::size_t rows = 0;
  for_each_table([&](const auto& table) { rows += (results.*table.rows).size(); });
  return rows;
}

/// What an earlier run left in FILE; absent where there is nothing to go on with.
std::optional<Contents> earlier_contents(const std::filesystem::path& file, bool resume) {
  std::error_code none;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, none))) return std::nullopt;
  if (std::filesystem::is_directory(file, none))
    throw UsageError("'{}' is a folder; name a file in it with -o", file.string());
  if (resume) return read_joined(file);
  try {
    if (read_joined(file).results.visits.empty()) return std::nullopt;
  } catch (const UsageError&) {
    throw UsageError("'{}' exists and cannot be read as results; choose another file with -o", file.string());
  }
  throw UsageError("'{}' exists; go on with it by --resume, or choose another file with -o", file.string());
}

/// Parts of a file that was moved or removed: to join them to another one, or to lose them, would both be wrong.
void refuse_foreign_parts(const std::filesystem::path& file, const std::string& file_id) {
  for (const auto sequence : list_parts(file)) {
    const auto part = decode_part(part_path(file, sequence));
    if (part && part->file_id != file_id)
      throw UsageError("'{}' holds visits of another '{}'; put that file back to keep them, or remove the folder",
                       parts_folder(file).string(), file.filename().string());
  }
}

/// FILE is renamed into place with all parts in it before they are removed: after a crash in between, FILE's sequence
/// tells which of them it holds. What a failed removal leaves is told the same way.
void write_joined(const std::filesystem::path& file, const Contents& contents) {
  write_durably(file, encode_file(contents));
  std::error_code none;
  for (const auto sequence : list_parts(file)) std::filesystem::remove(part_path(file, sequence), none);
  std::filesystem::remove(temporary_of(part_path(file, contents.sequence + 1)), none);  // a kill cut this one off
  std::filesystem::remove(parts_folder(file), none);                                    // once it is empty
}

}  // namespace

struct Store::State {
  State(std::filesystem::path path, bool resume);
  void write_file();

  std::filesystem::path file;
  FileLock lock;
  Contents contents;             ///< all that is in FILE and its parts, and what waits for the next part
  bool created = false;          ///< FILE was not there
  std::size_t rows_in_file = 0;  ///< in FILE itself, without parts
  Results unsaved;               ///< launches, ranks and WAN settings that wait for the next part
  std::set<std::int32_t> unsaved_points;
  std::map<std::string, std::int32_t> point_by_key;
};

Store::State::State(std::filesystem::path path, bool resume) : file(std::move(path)), lock(file) {
  auto earlier = earlier_contents(file, resume);
  created = !earlier;
  contents = earlier ? std::move(*earlier) : new_contents();
  refuse_foreign_parts(file, contents.file_id);
  write_file();
  for (const auto& point : contents.results.points) point_by_key[point.key] = point.point;
}

void Store::State::write_file() {
  write_joined(file, contents);
  rows_in_file = rows_of(contents.results);
  unsaved = {};
  unsaved_points.clear();
}

Store::Store(std::filesystem::path file, bool resume) : state_(std::make_unique<State>(std::move(file), resume)) {}

Store::~Store() {
  std::error_code none;
  if (state_->created && state_->contents.results.visits.empty()) std::filesystem::remove(state_->file, none);
}

const Results& Store::results() const { return state_->contents.results; }

int Store::begin_launch(const LaunchRow& launch, std::vector<RankRow> ranks, const std::vector<WanRow>& wan) {
  Results begun;
  begun.launches = {launch};
  begun.ranks = std::move(ranks);
  begun.wan = wan;
  const auto number = static_cast<std::int32_t>(results().launches.size());
  begun.launches.front().launch = number;
  for (auto& rank : begun.ranks) rank.launch = number;
  join(state_->unsaved, begun);
  join(state_->contents.results, std::move(begun));
  return number;
}

void Store::end_launch(int launch, const std::string& how) {
  state_->contents.results.launches.at(static_cast<std::size_t>(launch)).ended = how;
}

int Store::point_index(const PointRow& point) {
  auto& points = state_->contents.results.points;
  const auto [entry, is_new] = state_->point_by_key.try_emplace(point.key, static_cast<std::int32_t>(points.size()));
  if (is_new) {
    points.push_back(point);
    points.back().point = entry->second;
    state_->unsaved_points.insert(entry->second);
  }
  return entry->second;
}

void Store::summarise(const PointRow& point) {
  const auto entry = state_->point_by_key.find(point.key);
  if (entry == state_->point_by_key.end())
    throw std::logic_error("a summary of a point that is not stored: " + point.key);
  auto& row = state_->contents.results.points[static_cast<std::size_t>(entry->second)];
  row = point;
  row.point = entry->second;
  state_->unsaved_points.insert(entry->second);
}

int Store::append(VisitRow visit, std::vector<SampleRow> samples, std::vector<PairRow> pairs,
                  std::vector<LinkRow> links, std::vector<RankSummaryRow> ranks, std::vector<SoakRow> soak,
                  std::vector<EventRow> events, std::vector<ExchangeRow> exchanges) {
  auto& all = state_->contents;
  if (static_cast<std::size_t>(visit.point) >= all.results.points.size() ||
      static_cast<std::size_t>(visit.launch) >= all.results.launches.size())
    throw std::logic_error(fmt::format("a visit of point {}, launch {}: not stored", visit.point, visit.launch));
  visit.visit = static_cast<std::int32_t>(all.results.visits.size());
  visit.first_sample = static_cast<std::int64_t>(all.results.samples.size());
  visit.sample_count = static_cast<std::int64_t>(samples.size());
  for (auto& row : samples) row.visit = visit.visit;
  for (auto& row : pairs) row.visit = visit.visit;
  for (auto& row : links) row.visit = visit.visit;
  for (auto& row : ranks) row.visit = visit.visit;
  for (auto& row : soak) row.visit = visit.visit;
  for (auto& row : events) row.visit = visit.visit;
  for (auto& row : exchanges) row.visit = visit.visit;

  Contents part{all.file_id, all.created, all.sequence + 1, state_->unsaved};
  for (const auto point : state_->unsaved_points)
    part.results.points.push_back(all.results.points[static_cast<std::size_t>(point)]);
  part.results.visits = {std::move(visit)};
  part.results.samples = std::move(samples);
  part.results.pairs = std::move(pairs);
  part.results.links = std::move(links);
  part.results.rank_summary = std::move(ranks);
  part.results.soak = std::move(soak);
  part.results.events = std::move(events);
  part.results.exchanges = std::move(exchanges);
  make_folder_durably(parts_folder(state_->file));
  write_durably(part_path(state_->file, part.sequence), encode_part(part));

  all.sequence = part.sequence;
  state_->unsaved = {};
  state_->unsaved_points.clear();
  part.results.ranks
      .clear();  // those of the launch are in already; launches, points and settings only replace themselves
  join(all.results, std::move(part.results));
  return all.results.visits.back().visit;
}

void Store::compact(bool force) {
  const std::size_t rows = rows_of(results());
  const bool is_new = rows > state_->rows_in_file || !state_->unsaved_points.empty();
  if (is_new && (force || rows - state_->rows_in_file >= state_->rows_in_file)) state_->write_file();
}

Results read_results(const std::filesystem::path& file) { return std::move(read_joined(file).results); }

void write_results(const std::filesystem::path& file, const Results& results) {
  const FileLock lock(file);
  auto contents = new_contents();
  refuse_foreign_parts(file, contents.file_id);
  contents.results = results;
  write_joined(file, contents);
}

}  // namespace longhaul
