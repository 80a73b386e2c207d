#include "topologies/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "topologies/error.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

/// One way to write a unit. Other spellings of the same unit are accepted but not offered in messages.
struct Unit {
  std::string_view name;
  long double factor;
  bool other_spelling = false;
};

constexpr long double kKibi = 1024;

constexpr std::array kDurationUnits{
    Unit{"ns", 1},    Unit{"us", 1e3L, true}, Unit{"µs", 1e3L},   Unit{"\u03bcs", 1e3L, true},
    Unit{"ms", 1e6L}, Unit{"s", 1e9L},        Unit{"min", 60e9L}, Unit{"h", 3600e9L}};
constexpr std::array kByteUnits{Unit{"B", 1},
                                Unit{"kB", 1e3L},
                                Unit{"MB", 1e6L},
                                Unit{"GB", 1e9L},
                                Unit{"TB", 1e12L},
                                Unit{"KiB", kKibi},
                                Unit{"MiB", kKibi* kKibi},
                                Unit{"GiB", kKibi* kKibi* kKibi},
                                Unit{"TiB", kKibi* kKibi* kKibi* kKibi}};
constexpr std::array kBitRateUnits{Unit{"bit/s", 1}, Unit{"kbit/s", 1e3L}, Unit{"Mbit/s", 1e6L}, Unit{"Gbit/s", 1e9L},
                                   Unit{"Tbit/s", 1e12L}};
constexpr std::array kBandwidthUnits{Unit{"B/s", 1}, Unit{"kB/s", 1e3L}, Unit{"MB/s", 1e6L}, Unit{"GB/s", 1e9L},
                                     Unit{"TB/s", 1e12L}};
constexpr std::array kLengthUnits{Unit{"m", 1e-3L}, Unit{"km", 1}};

std::string offered(std::span<const Unit> units) {
  std::string names;
  for (const auto& unit : units)
    if (!unit.other_spelling) names += fmt::format("{}{}", names.empty() ? "" : ", ", unit.name);
  return names;
}

/// A number ≥ 0 and the text that follows it.
struct Number {
  long double value;
  std::string_view rest;
};

Number parse_number(std::string_view text, std::string_view quoted, std::string_view expected) {
  const auto body = trimmed(text);
  if (body.empty() || body.find_first_of("0123456789") > body.find_first_not_of("-."))
    throw UsageError("no number in '{}'; expected {}", quoted, expected);
  Number number{};
  const auto [end, fault] = std::from_chars(body.data(), body.data() + body.size(), number.value);
  if (fault == std::errc::invalid_argument) throw UsageError("no number in '{}'; expected {}", quoted, expected);
  if (fault == std::errc::result_out_of_range) throw UsageError("'{}' is out of range", quoted);
  if (std::signbit(number.value)) throw UsageError("'{}' is negative; expected 0 or more", quoted);
  number.rest = trimmed(body.substr(static_cast<std::size_t>(end - body.data())));
  return number;
}

/// The number times its unit's factor.
long double parse_quantity(std::string_view text, std::string_view quoted, std::span<const Unit> units) {
  if (quoted.empty()) quoted = text;
  const auto number = parse_number(text, quoted, fmt::format("a number and one of {}", offered(units)));
  if (number.rest.empty()) throw UsageError("no unit in '{}'; expected one of {}", quoted, offered(units));
  for (const auto& unit : units)
    if (unit.name == number.rest) return number.value * unit.factor;
  throw UsageError("unknown unit '{}' in '{}'; expected one of {}", number.rest, quoted, offered(units));
}

/// A whole number of the smallest unit, which must fit `Integer`.
template <class Integer>
Integer whole(long double value, std::string_view quoted) {
  if (value >= std::ldexp(1.0L, std::numeric_limits<Integer>::digits)) throw UsageError("'{}' is out of range", quoted);
  return static_cast<Integer>(std::round(value));
}

double rounded_to(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return value;
  double rounded = 0;
  const auto text = fmt::format("{:.{}e}", value, digits - 1);
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

struct Scale {
  const char* unit;
  double factor;
};

/// The value in the last of `scales` (ascending) that keeps it ≥ 1, or in the first. Chosen after rounding, so that
/// 999.7 µs reads "1 ms" and not "1000 µs".
std::string scaled(double value, std::span<const Scale> scales) {
  const double shown = rounded_to(value, 3);
  const Scale* best = &scales.front();
  for (const auto& scale : scales)
    if (std::abs(shown) >= scale.factor) best = &scale;
  return fmt::format("{} {}", format_significant(value / best->factor), best->unit);
}

}  // namespace

Duration from_seconds(double seconds) {
  const double nanoseconds = std::round(seconds * 1e9);
  constexpr double limit = 9.2e18;  // just inside int64
  if (!(std::abs(nanoseconds) < limit)) throw UsageError("{} s is out of range", seconds);
  return Duration{static_cast<Duration::rep>(nanoseconds)};
}

Duration parse_duration(std::string_view text, std::string_view quoted) {
  return Duration{whole<Duration::rep>(parse_quantity(text, quoted, kDurationUnits), quoted.empty() ? text : quoted)};
}

Bytes parse_bytes(std::string_view text, std::string_view quoted) {
  const auto shown = quoted.empty() ? text : quoted;
  const long double value = parse_quantity(text, quoted, kByteUnits);
  const Bytes bytes{whole<std::uint64_t>(value, shown)};
  if (static_cast<long double>(bytes.count) != value) throw UsageError("'{}' is not a whole number of bytes", shown);
  return bytes;
}

BytesPerSecond parse_rate(std::string_view text, std::string_view quoted) {
  return from_bits_per_second(static_cast<double>(parse_quantity(text, quoted, kBitRateUnits)));
}

BytesPerSecond parse_bandwidth(std::string_view text, std::string_view quoted) {
  return {static_cast<double>(parse_quantity(text, quoted, kBandwidthUnits))};
}

Kilometres parse_length(std::string_view text, std::string_view quoted) {
  return {static_cast<double>(parse_quantity(text, quoted, kLengthUnits))};
}

Share parse_share(std::string_view text, std::string_view quoted) {
  const auto shown = quoted.empty() ? text : quoted;
  const auto number = parse_number(text, shown, "a share such as '0.1 %' or '0.001'");
  if (!number.rest.empty() && number.rest != "%")
    throw UsageError("unknown unit '{}' in '{}'; expected % or no unit", number.rest, shown);
  const double share = static_cast<double>(number.rest == "%" ? number.value / 100 : number.value);
  if (share > 1) throw UsageError("'{}' is more than the whole; expected 0 to 1, or 0 % to 100 %", shown);
  return {share};
}

std::string format_significant(double value, int digits) {
  if (value == 0) return "0";
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const double rounded = rounded_to(value, digits);
  const double magnitude = std::abs(rounded);
  if (magnitude < 1e-4 || magnitude >= 1e15) return fmt::format("{:.{}g}", value, digits);
  const int decimals = digits - 1 - static_cast<int>(std::floor(std::log10(magnitude)));
  auto text = fmt::format("{:.{}f}", rounded, std::max(decimals, 0));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::string format_duration(Duration duration) {
  if (duration == Duration::zero()) return "0 s";
  // 100 s still reads better than 1.67 min, and 90 min better than 1.5 h: the longer unit starts at two of it.
  const double length = std::abs(seconds(duration));
  if (rounded_to(length, 3) >= 7200) return fmt::format("{} h", format_significant(seconds(duration) / 3600));
  if (rounded_to(length, 3) >= 120) return fmt::format("{} min", format_significant(seconds(duration) / 60));
  static constexpr std::array scales{Scale{"ns", 1}, Scale{"µs", 1e3}, Scale{"ms", 1e6}, Scale{"s", 1e9}};
  return scaled(static_cast<double>(duration.count()), scales);
}

std::string format_bytes(Bytes bytes) {
  static constexpr std::array scales{Scale{"B", 1}, Scale{"KiB", 0x1p10}, Scale{"MiB", 0x1p20}, Scale{"GiB", 0x1p30},
                                     Scale{"TiB", 0x1p40}};
  const Scale* best = &scales.front();
  for (const auto& scale : scales)
    if (static_cast<double>(bytes.count) >= scale.factor) best = &scale;
  const double value = static_cast<double>(bytes.count) / best->factor;
  if (value >= 1000) return fmt::format("{:.0f} {}", value, best->unit);  // 1000 to 1023 of a binary unit
  return fmt::format("{} {}", format_significant(value), best->unit);
}

std::string format_bit_rate(BytesPerSecond rate) {
  static constexpr std::array scales{Scale{"bit/s", 1}, Scale{"kbit/s", 1e3}, Scale{"Mbit/s", 1e6},
                                     Scale{"Gbit/s", 1e9}, Scale{"Tbit/s", 1e12}};
  return scaled(bits_per_second(rate), scales);
}

std::string format_bandwidth(BytesPerSecond rate) {
  static constexpr std::array scales{Scale{"B/s", 1}, Scale{"kB/s", 1e3}, Scale{"MB/s", 1e6}, Scale{"GB/s", 1e9},
                                     Scale{"TB/s", 1e12}};
  return scaled(rate.value, scales);
}

std::string format_length(Kilometres length) {
  if (length.value == 0) return "0 km";
  if (length.value >= 100) return fmt::format("{:.0f} km", length.value);
  static constexpr std::array scales{Scale{"m", 1e-3}, Scale{"km", 1}};
  return scaled(length.value, scales);
}

std::string format_share(Share share) { return fmt::format("{} %", format_significant(share.value * 100)); }

}  // namespace longhaul
