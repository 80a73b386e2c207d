#include "topologies/wan/lateness.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace longhaul::wan {

// Values below 2^(kSubBits+1) have a bucket each; above, the leading kSubBits+1 bits choose it.
std::size_t Lateness::bucket(std::uint64_t nanoseconds) {
  const int width = static_cast<int>(std::bit_width(nanoseconds));
  if (width <= kSubBits + 1) return nanoseconds;
  const int shift = width - (kSubBits + 1);
  const auto leading = nanoseconds >> shift;  // 2^kSubBits … 2^(kSubBits+1) − 1
  return std::min(kBuckets - 1, (static_cast<std::size_t>(shift) << kSubBits) + leading);
}

Duration Lateness::upper_bound(std::size_t bucket) {
  constexpr std::size_t kExact = std::size_t{2} << kSubBits;
  if (bucket < kExact) return Duration(bucket);
  const auto shift = (bucket >> kSubBits) - 1;
  const auto leading = bucket - (shift << kSubBits);
  return Duration(((leading + 1) << shift) - 1);
}

void Lateness::add(Duration late) {
  const auto nanoseconds = std::max(late, Duration::zero());
  ++counts_[bucket(static_cast<std::uint64_t>(nanoseconds.count()))];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

Duration Lateness::quantile(double share) const {
  if (count_ == 0) return Duration::zero();
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return i + 1 == kBuckets ? max_ : std::min(max_, upper_bound(i));
  }
  return max_;
}

}  // namespace longhaul::wan
