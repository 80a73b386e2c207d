#include "collectives/host_load.hpp"

#include <algorithm>

#include "kernels/load.hpp"

namespace longhaul {
namespace {

/// Beyond most second-level caches, so that few steps load the memory; small enough for load() to keep to one thread.
constexpr std::size_t buffer = (std::size_t{4} << 20) / sizeof(float) - 1024;
constexpr std::size_t most_piece = 16384;  ///< elements between two looks whether it is over

/// load() takes more threads where there is more to do.
std::size_t piece_of(unsigned steps) {
  constexpr std::size_t for_one_thread = std::size_t{2} << 20;
  return std::clamp<std::size_t>(for_one_thread / sizeof(float) / (1 + std::size_t{steps}), 1, most_piece);
}

}  // namespace

HostLoad::HostLoad(unsigned steps) : values_(buffer, 1.0F), thread_([this, steps] { compute(steps); }) {}

HostLoad::~HostLoad() {
  over_ = true;
  thread_.join();
}

void HostLoad::compute(unsigned steps) {
  const std::size_t piece = piece_of(steps);
  for (std::size_t begin = 0; !over_; begin = begin + piece < values_.size() ? begin + piece : 0) {
    const std::size_t count = std::min(piece, values_.size() - begin);
    load(values_.data() + begin, count, steps);
    done_ += std::uint64_t{count} * steps;
  }
}

double HostLoad::rate() const {
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
  return static_cast<double>(done_) / spent.count();
}

}  // namespace longhaul
