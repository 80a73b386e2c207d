#pragma once
#include <filesystem>
#include <memory>

#include "results/tables.hpp"

namespace longhaul {

/// Everything measured into FILE so far: FILE and its parts, joined; visits in order, none twice. A run may go on
/// writing meanwhile. Every number that names a row (visit, point, launch, first_sample) is within its table.
/// @throws UsageError: no such file, not HDF5, a newer schema (says which), a truncated file
Results read_results(const std::filesystem::path& file);

/// FILE in one piece: written beside it, fsynced, renamed, folder fsynced. Rebuilds /curves from /points.
/// @throws EnvironmentError naming the path and the system's reason (disk full, not writable)
/// @throws UsageError when a run is writing FILE, or FILE.parts holds visits
void write_results(const std::filesystem::path& file, const Results& results);

/// The writing side of one run. Held by rank 0; one process at a time owns FILE (a lock beside it). Any write that
/// fails throws EnvironmentError with the path, the system's reason and what to do; what was appended before stays
/// readable.
class Store {
 public:
  /// Creates FILE, or opens it to go on where it stands. Writes already here, so that a path that cannot be written is
  /// noticed before anything is measured. A FILE without a visit may be created anew.
  /// @throws UsageError when FILE exists and `resume` is false, or is locked by another run (names its pid)
  Store(std::filesystem::path file, bool resume);
  /// Leaves what was appended in FILE and its parts; removes a FILE that it created and in which nothing was measured.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// What is in FILE now (launches, points, visits so far), for resume and stopping. Grows with append.
  const Results& results() const;

  /// Rows of a launch and its WAN settings; kept with the first visit after it. The launch's number is the next one:
  /// set here in its row and its ranks' rows, and returned.
  int begin_launch(const LaunchRow& launch, std::vector<RankRow> ranks, const std::vector<WanRow>& wan);
  /// Notes how the launch ended; kept with the next compaction. One that is killed has no word of it.
  void end_launch(int launch, const std::string& how);
  /// Adds the point if its key is new; returns its index either way.
  int point_index(const PointRow& point);
  /// One finished visit becomes durable before this returns: a part written aside, fsynced, renamed. Returns the number
  /// of the visit; that number, the samples' range and the rows' visit members are set here.
  int append(VisitRow visit, std::vector<SampleRow> samples, std::vector<PairRow> pairs, std::vector<LinkRow> links,
             std::vector<RankSummaryRow> ranks, std::vector<SoakRow> soak = {}, std::vector<EventRow> events = {},
             std::vector<ExchangeRow> exchanges = {});
  /// Replace the columns of the point with this key; kept with the next visit or compaction.
  void summarise(const PointRow& point);
  /// Join the parts into FILE when they hold as many rows as it does (so that all compactions together are linear in
  /// the rows), or always with `force`.
  void compact(bool force);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longhaul
