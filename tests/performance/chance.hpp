#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>

namespace longhaul::test {

/// Numbers that a fuzzer decides by: from a seed, or from the bytes that libFuzzer mutates; zeros after their end.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  explicit Chance(std::span<const std::uint8_t> bytes) : bytes_(bytes), given_(true) {}

  std::uint64_t operator()() {
    if (!given_) return random_();
    std::uint32_t value = 0;
    const auto count = std::min(sizeof value, bytes_.size());
    if (count > 0) std::memcpy(&value, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return value;
  }
  std::size_t below(std::size_t bound) { return (*this)() % bound; }

 private:
  std::mt19937_64 random_;
  std::span<const std::uint8_t> bytes_;
  bool given_ = false;
};

}  // namespace longhaul::test
