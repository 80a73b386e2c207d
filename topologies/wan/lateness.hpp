#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "topologies/wan/clock.hpp"

namespace longhaul::wan {

/// How late packets were released, in fixed memory: counts in buckets of at most 1/32 relative width.
///
/// Log-linear as in HdrHistogram: 32 buckets to each power of two, exact below 64 ns; all beyond 18 minutes in the
/// last.
class Lateness {
 public:
  /// A negative lateness counts as none.
  void add(Duration late);

  std::uint64_t count() const { return count_; }
  Duration max() const { return max_; }

  /// The least bound that at least `share` of the releases kept, to within a bucket's width; 0 without releases.
  /// @param share  0 … 1
  Duration quantile(double share) const;

  void reset() { *this = Lateness{}; }

 private:
  static constexpr int kSubBits = 5;
  static constexpr int kTopBit = 40;
  static constexpr std::size_t kBuckets = (kTopBit - kSubBits + 1) << kSubBits;
  static std::size_t bucket(std::uint64_t nanoseconds);
  static Duration upper_bound(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  Duration max_{};
};

}  // namespace longhaul::wan
