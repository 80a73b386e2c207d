#include "topologies/wan/serialiser.hpp"

#include <cmath>

namespace longhaul::wan {

Time at_new_rate(Time finish, Time now, Rate old_rate, Rate new_rate) {
  if (finish <= now || old_rate.unlimited()) return finish;
  if (new_rate.unlimited()) return now;
  const double slower = old_rate.bytes_per_second / new_rate.bytes_per_second;
  return now + Duration(std::llround(static_cast<double>((finish - now).count()) * slower));
}

std::uint64_t Serialiser::backlog(Time now) const {
  if (rate_.unlimited() || finish_ <= now) return 0;
  const auto ahead = std::chrono::duration<double>(finish_ - now).count() + finish_fraction_ * 1e-9;
  return static_cast<std::uint64_t>(std::llround(ahead * rate_.bytes_per_second));
}

void Serialiser::set(Time now, Rate rate, std::uint64_t queue_limit) {
  finish_ = at_new_rate(finish_, now, rate_, rate);
  rate_ = rate;
  queue_limit_ = queue_limit;
}

std::optional<Time> Serialiser::send(Time now, std::uint64_t bytes) {
  if (finish_ < now) {
    finish_ = now;
    finish_fraction_ = 0;
  }
  if (rate_.unlimited()) return finish_;
  const auto waiting = backlog(now);
  if (queue_limit_ > 0 && waiting > 0 && waiting + bytes > queue_limit_) return std::nullopt;
  const double nanoseconds = static_cast<double>(bytes) / rate_.bytes_per_second * 1e9 + finish_fraction_;
  const double whole = std::floor(nanoseconds);
  finish_ += Duration(static_cast<Duration::rep>(whole));
  finish_fraction_ = nanoseconds - whole;
  return finish_;
}

}  // namespace longhaul::wan
