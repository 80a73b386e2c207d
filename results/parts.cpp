#include "results/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "results/integrity.hpp"
#include "results/part_image.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr const char* kSuffix = ".part";
constexpr const char* kOldSuffix = ".h5";  // before they were flat images

/// The number in "00000012.part"; 0 for any other name, temporary files among them.
std::int64_t sequence_of(const std::string& name, const std::string& suffix) {
  std::int64_t sequence = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), sequence);
  const bool whole = error == std::errc() && std::string(end, name.data() + name.size()) == suffix;
  return whole && sequence > 0 ? sequence : 0;
}

template <class Row>
void append(std::vector<Row>& into, std::vector<Row>&& rows) {
  into.insert(into.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
}

/// Rows that carry their own place: into it, or to the end.
template <class Row>
void place(std::vector<Row>& into, std::vector<Row>&& rows, std::int32_t Row::*number) {
  for (auto& row : rows) {
    const auto index = static_cast<std::size_t>(row.*number);
    if (index < into.size())
      into[index] = std::move(row);
    else
      into.push_back(std::move(row));
  }
}

template <class Row>
void renumber(std::vector<Row>& rows, std::int32_t by) {
  for (auto& row : rows) row.visit += by;
}

void place_wan(std::vector<WanRow>& into, std::vector<WanRow>&& rows) {
  for (auto& row : rows) {
    const auto same = std::find_if(into.begin(), into.end(), [&](const WanRow& other) {
      return other.wan == row.wan && other.site_a == row.site_a && other.site_b == row.site_b;
    });
    if (same != into.end())
      *same = std::move(row);
    else
      into.push_back(std::move(row));
  }
}

std::vector<Contents> read_parts(const std::filesystem::path& file) {
  std::vector<Contents> parts;
  for (const auto sequence : list_parts(file))
    if (auto part = decode_part(part_path(file, sequence))) parts.push_back(std::move(*part));
  return parts;
}

}  // namespace

std::filesystem::path parts_folder(const std::filesystem::path& file) { return file.string() + ".parts"; }

std::filesystem::path part_path(const std::filesystem::path& file, std::int64_t sequence) {
  return parts_folder(file) / fmt::format("{:08}{}", sequence, kSuffix);
}

std::vector<std::int64_t> list_parts(const std::filesystem::path& file) {
  std::vector<std::int64_t> sequences;
  std::error_code none;  // no folder, or one that goes away while it is listed: no parts
  const auto folder = parts_folder(file);
  for (std::filesystem::directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none)) {
    const auto name = entry->path().filename().string();
    if (sequence_of(name, kOldSuffix) > 0)
      throw UsageError(
          "'{}' holds visits that an earlier longhaul wrote; join them with that version: longhaul convert {} -o "
          "NEW.h5",
          folder.string(), file.string());
    if (const auto sequence = sequence_of(name, kSuffix)) sequences.push_back(sequence);
  }
  std::sort(sequences.begin(), sequences.end());
  return sequences;
}

void join(Results& into, Results part) {
  const std::int32_t first = part.visits.empty() ? 0 : part.visits.front().visit;
  const std::int32_t by = static_cast<std::int32_t>(into.visits.size()) - first;
  auto first_sample = static_cast<std::int64_t>(into.samples.size());
  for (auto& visit : part.visits) {
    visit.first_sample = first_sample;
    first_sample += visit.sample_count;
  }
  renumber(part.visits, by);
  renumber(part.samples, by);
  renumber(part.pairs, by);
  renumber(part.links, by);
  renumber(part.rank_summary, by);
  renumber(part.soak, by);
  renumber(part.events, by);
  renumber(part.exchanges, by);
  place(into.launches, std::move(part.launches), &LaunchRow::launch);
  place(into.points, std::move(part.points), &PointRow::point);
  place_wan(into.wan, std::move(part.wan));
  append(into.ranks, std::move(part.ranks));
  append(into.visits, std::move(part.visits));
  append(into.samples, std::move(part.samples));
  append(into.pairs, std::move(part.pairs));
  append(into.links, std::move(part.links));
  append(into.rank_summary, std::move(part.rank_summary));
  append(into.soak, std::move(part.soak));
  append(into.events, std::move(part.events));
  append(into.exchanges, std::move(part.exchanges));
}

Contents read_joined(const std::filesystem::path& file) {
  // A folder may be listed without a part that was written before one in the list: rows do not hang together then, and
  // a second look finds it.
  constexpr int kLooks = 20;
  for (int look = 1;; ++look) {
    auto parts = read_parts(file);
    auto contents = decode_file(file);
    if (!contents && !parts.empty())
      throw UsageError("no file '{}', only '{}' with visits that belong to it; put the file back beside them",
                       file.string(), parts_folder(file).string());
    if (!contents) throw UsageError("no file '{}'", file.string());
    bool any_joined = false;
    for (auto& part : parts) {
      if (part.file_id != contents->file_id || part.sequence <= contents->sequence) continue;
      join(contents->results, std::move(part.results));
      contents->sequence = part.sequence;
      any_joined = true;
    }
    const auto problem = first_inconsistency(contents->results);
    if (problem.empty()) return std::move(*contents);
    if (!any_joined || look == kLooks) throw UsageError("'{}' is damaged: {}", file.string(), problem);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace longhaul
