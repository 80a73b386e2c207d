#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "collectives/background_load.hpp"

namespace longhaul {

/// One thread of this process that computes; the system shares the cores between it and the ranks.
class HostLoad : public BackgroundLoad {
 public:
  explicit HostLoad(unsigned steps);
  ~HostLoad() override;
  double rate() const override;

 private:
  void compute(unsigned steps);

  std::vector<float> values_;
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> done_{0};  ///< multiply-adds
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::thread thread_;
};

}  // namespace longhaul
