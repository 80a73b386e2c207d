#pragma once
#include <pthread.h>
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "collectives/mpi/world.hpp"
#include "harness/watch/host_board.hpp"
#include "harness/watch/watchdog.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// What is watched, and how patiently.
struct WatchTerms {
  Duration deadline{};                    ///< a rank that has not moved for so long is stuck
  std::filesystem::path file;             ///< results; empty where nothing is measured
  std::filesystem::path account;          ///< of a hang: FILE.hang.json
  std::vector<std::string> site_of_rank;  ///< by name
  std::vector<std::string> watcher;       ///< the command of a host's watcher
  bool ask_nccl = false;                  ///< ask NCCL's RAS as well
};

/// A rank's part in being watched: its progress lies in its host's board, a thread carries out the watcher's orders
/// (tell the stack, end), and the first rank of each host starts the watcher. A rank that is alone has a thread for a
/// watcher, which ends it with the exit code of a hang.
class HostWatch {
 public:
  /// Collective. @throws EnvironmentError
  HostWatch(World& world, const WatchTerms& terms);
  /// Says that this rank has ended in good order, and waits for its watcher to go.
  ~HostWatch();
  HostWatch(const HostWatch&) = delete;
  HostWatch& operator=(const HostWatch&) = delete;

  Progress& progress() { return slot_->progress; }

  /// Where this rank's device is plugged in, for whoever has to name it.
  void own_device(const std::string& place);
  /// This rank's communicator has given up: has the watchers write what all ranks do just then to the account.
  void post_fault(const std::string& what);
  /// Waits until they have, some seconds at most. @return whether they did
  bool await_account();

 private:
  void obey();
  void watch_alone(const std::string& host, const WatchTerms& terms);

  std::optional<HostBoard> board_;
  std::unique_ptr<BoardSlot> alone_;
  std::unique_ptr<Watchdog> own_watchdog_;
  BoardSlot* slot_ = nullptr;
  pthread_t main_thread_;
  Fd lifeline_;
  pid_t watcher_ = -1;
  std::thread orders_;
};

}  // namespace longhaul
