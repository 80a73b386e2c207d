#include "topologies/wan/loss.hpp"

#include <cmath>

namespace longhaul::wan {
namespace {

constexpr std::uint64_t kNever = ~std::uint64_t{0};

}  // namespace

void Loss::set(double share) {
  share_ = share;
  until_next_ = draw();
}

std::uint64_t Loss::draw() {
  if (share_ <= 0) return kNever;
  if (share_ >= 1) return 0;
  // P(at least k get through) = (1 − share)^k, inverted at a uniform number; 1 − uniform is never 0.
  const double packets = std::floor(std::log(1 - random_.uniform()) / std::log1p(-share_));
  return packets < 9e18 ? static_cast<std::uint64_t>(packets) : kNever;
}

std::uint64_t Loss::lost_before(std::uint64_t packets) {
  if (until_next_ == kNever) return packets;
  if (until_next_ >= packets) {
    until_next_ -= packets;
    return packets;
  }
  const auto through = until_next_;
  until_next_ = draw();
  return through;
}

}  // namespace longhaul::wan
