#pragma once
#include <filesystem>
#include <memory>

#include "results/tables.hpp"

namespace longhaul {

/// Everything measured into FILE so far: FILE and its parts, joined; visits in order, none twice.
/// @throws UsageError: no such file, not HDF5, a newer schema (says which), a truncated file
Results read_results(const std::filesystem::path& file);

/// FILE in one piece: written beside it, fsynced, renamed, folder fsynced. Rebuilds /curves from /points.
/// @throws EnvironmentError naming the path and the system's reason (disk full, not writable)
void write_results(const std::filesystem::path& file, const Results& results);

/// The writing side of one run. Held by rank 0; one process at a time owns FILE (a lock beside it).
class Store {
 public:
  /// Creates FILE, or opens it to go on where it stands.
  /// @throws UsageError when FILE exists and `resume` is false, or is locked by another run (names its pid)
  Store(std::filesystem::path file, bool resume);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// What is in FILE now (launches, points, visits so far), for resume and stopping. Grows with append.
  const Results& results() const;

  /// Rows of a launch and its WAN settings; kept in the next part.
  void begin_launch(const LaunchRow& launch, std::vector<RankRow> ranks, const std::vector<WanRow>& wan);
  /// Adds the point if its key is new; returns its index either way.
  int point_index(const PointRow& point);
  /// One finished visit becomes durable before this returns: a part written aside, fsynced, renamed. Sets visit ids and
  /// sample ranges. The rows' visit members are set here.
  int append(VisitRow visit, std::vector<SampleRow> samples, std::vector<PairRow> pairs, std::vector<LinkRow> links,
             std::vector<RankSummaryRow> ranks);
  /// Replace a point's summary columns.
  void summarise(const PointRow& point);
  /// Join the parts into FILE when they are worth it (amortised linear), or always with `force`.
  void compact(bool force);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longhaul
