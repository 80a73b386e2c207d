#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "collectives/progress.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// What a Progress says, for people: "all_reduce #1842 (4 MiB)"; and with how long: "all_reduce #1842 (4 MiB) for 30
/// s".
std::string place_of(const Progress& progress);
std::string describe(const Progress& progress, Duration now);

/// What a watchdog watches: collectives, or whatever a rank does between them as well: "verification for 30 s after
/// all_reduce #1842 (4 MiB)".
enum class Watched { collectives, everything };

/// A thread that calls `on_hang` once when what is watched has not moved within the deadline. The callback gets what
/// the rank was in; it is expected to end the process.
class Watchdog {
 public:
  Watchdog(const Progress& progress, Duration deadline, std::function<void(const std::string&)> on_hang,
           Watched watched = Watched::collectives);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch();
  bool is_watched() const;

  const Progress& progress_;
  Duration deadline_;
  Watched watched_;
  std::function<void(const std::string&)> on_hang_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

/// Marks a collective as entered for its lifetime. Left by an exception it stays entered: what failed is what the last
/// words are about.
class InCollective {
 public:
  InCollective(Progress& progress, int operation, std::uint64_t bytes);
  ~InCollective();
  InCollective(const InCollective&) = delete;
  InCollective& operator=(const InCollective&) = delete;

 private:
  Progress& progress_;
  int exceptions_;
};

}  // namespace longhaul
