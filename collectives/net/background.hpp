#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace longhaul::net {

/// Moves on between collectives what the last one left under way, as NCCL's progress thread does: a plugin may need to
/// be asked before it sends on. Works only when nobody else has the turn, and rests when nothing is left.
class Background {
 public:
  /// @param push  moves on what there is; false when nothing is left. What it throws ends the work; the next collective
  ///              meets the same.
  explicit Background(std::function<bool()> push);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// The right to use the connections, until it goes.
  class Turn {
   public:
    explicit Turn(Background& background);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Background& background_;
    std::unique_lock<std::mutex> lock_;
  };
  Turn take() { return Turn(*this); }

 private:
  void work();

  std::function<bool()> push_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool left_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace longhaul::net
