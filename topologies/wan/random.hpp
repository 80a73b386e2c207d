#pragma once
#include <cstdint>

namespace longhaul::wan {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit changes every output bit half the time.
constexpr std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

/// SplitMix64: the same numbers from the same seed on every machine and with every library, in one word of memory.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    const auto value = mixed(state_);
    state_ += 0x9e3779b97f4a7c15ULL;
    return value;
  }

  /// Even over 0 ≤ x < 1.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace longhaul::wan
