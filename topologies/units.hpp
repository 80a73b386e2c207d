#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace longhaul {

/// Durations are nanoseconds everywhere inside the program; seconds (float64) in files.
using Duration = std::chrono::nanoseconds;

/// A number of bytes. Text: B, kB MB GB TB (powers of 1000), KiB MiB GiB TiB (powers of 1024).
struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

/// A rate in bytes per second. Text of links: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s; of memory and busbw: B/s … GB/s.
struct BytesPerSecond {
  double value = 0;
  auto operator<=>(const BytesPerSecond&) const = default;
};

/// A length of fibre. Text: m, km.
struct Kilometres {
  double value = 0;
  auto operator<=>(const Kilometres&) const = default;
};

/// A share of one. Text: '0.1 %' or '0.001'.
struct Share {
  double value = 0;
  auto operator<=>(const Share&) const = default;
};

constexpr double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
/// Rounded to the nearest nanosecond.
Duration from_seconds(double seconds);
constexpr double bits_per_second(BytesPerSecond rate) { return rate.value * 8; }
constexpr BytesPerSecond from_bits_per_second(double bits) { return {bits / 8}; }

/// Parse "10 ms", "16MiB", "400 Gbit/s", "80 km", "0.1 %": a number ≥ 0, optional blanks, a unit. Time: ns, µs (or us),
/// ms, s, min, h. A share may go without a unit. `quoted` is what errors show in place of `text`, e.g. "length: 80 kg".
/// @throws UsageError "unknown unit 'Gb' in '400 Gb'; expected one of bit/s, kbit/s, …" or "… is negative …"
Duration parse_duration(std::string_view text, std::string_view quoted = {});
Bytes parse_bytes(std::string_view text, std::string_view quoted = {});
/// Of links and NICs: "400 Gbit/s".
BytesPerSecond parse_rate(std::string_view text, std::string_view quoted = {});
/// Of memory and collectives: "46 GB/s".
BytesPerSecond parse_bandwidth(std::string_view text, std::string_view quoted = {});
Kilometres parse_length(std::string_view text, std::string_view quoted = {});
/// 0 to 1, or 0 % to 100 %.
Share parse_share(std::string_view text, std::string_view quoted = {});

/// Three significant digits and a unit that reads well: "392 µs", "10 ms", "1.2 s", "2.5 min".
std::string format_duration(Duration duration);
/// Three significant digits in the largest binary unit that fits: "16 B", "64 KiB", "1000 KiB", "1.5 GiB".
std::string format_bytes(Bytes bytes);
/// Link rates: "400 Gbit/s".
std::string format_bit_rate(BytesPerSecond rate);
/// Bandwidths: "12.3 GB/s" (1 GB = 1e9 B).
std::string format_bandwidth(BytesPerSecond rate);
std::string format_length(Kilometres length);
/// "0.1 %".
std::string format_share(Share share);
/// So many significant digits, no unit, no trailing zeros: "12300", "1.2", "0.00123"; below 0.0001 as "1.23e-05".
std::string format_significant(double value, int digits = 3);

}  // namespace longhaul
