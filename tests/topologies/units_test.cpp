#include "topologies/units.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/topologies/raises.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsReadInEveryUnit) {
  EXPECT_EQ(parse_duration("7 ns"), 7ns);
  EXPECT_EQ(parse_duration("392us"), 392us);
  EXPECT_EQ(parse_duration("392 µs"), 392us);
  EXPECT_EQ(parse_duration("1.5ms"), 1500us);
  EXPECT_EQ(parse_duration("  2   s "), 2s);
  EXPECT_EQ(parse_duration("3 min"), 180s);
  EXPECT_EQ(parse_duration("2h"), 7200s);
}

TEST(Duration, IsRoundedToTheNearestNanosecond) {
  EXPECT_EQ(parse_duration("0.6 ns"), 1ns);
  EXPECT_EQ(from_seconds(1.4e-9), 1ns);
  EXPECT_EQ(from_seconds(-2e-3), -2ms);
}

TEST(Duration, NamesUnitsItDoesNotKnow) {
  EXPECT_EQ(usage_error_of([] { parse_duration("10 msec"); }),
            "unknown unit 'msec' in '10 msec'; expected one of ns, µs, ms, s, min, h");
  EXPECT_EQ(usage_error_of([] { parse_duration("10"); }), "no unit in '10'; expected one of ns, µs, ms, s, min, h");
  EXPECT_EQ(usage_error_of([] { parse_duration("soon"); }),
            "no number in 'soon'; expected a number and one of ns, µs, ms, s, min, h");
  EXPECT_EQ(usage_error_of([] { parse_duration(""); }),
            "no number in ''; expected a number and one of ns, µs, ms, s, min, h");
}

TEST(Duration, IsNeverNegativeNorBeyondItsRange) {
  EXPECT_EQ(usage_error_of([] { parse_duration("-1 ms"); }), "'-1 ms' is negative; expected 0 or more");
  EXPECT_EQ(usage_error_of([] { parse_duration("1e12 s"); }), "'1e12 s' is out of range");
  EXPECT_EQ(usage_error_of([] { parse_duration("1e9999 s"); }), "'1e9999 s' is out of range");
  EXPECT_EQ(usage_error_of([] { from_seconds(1e10); }), "10000000000 s is out of range");
  EXPECT_EQ(usage_error_of([] { from_seconds(std::nan("")); }), "nan s is out of range");
}

TEST(Duration, RefusesTheNumbersThatCNeverMeantForPeople) {
  for (const auto* text : {"inf s", "nan s", "0x10 s", "--1 s", ". s", "+1 s", "1,5 s"})
    EXPECT_THROW(parse_duration(text), UsageError) << text;
}

TEST(Duration, ReadsWellInPrint) {
  EXPECT_EQ(format_duration(0ns), "0 s");
  EXPECT_EQ(format_duration(391760ns), "392 µs");
  EXPECT_EQ(format_duration(10ms), "10 ms");
  EXPECT_EQ(format_duration(1200ms), "1.2 s");
  EXPECT_EQ(format_duration(90s), "90 s");
  EXPECT_EQ(format_duration(150s), "2.5 min");
  EXPECT_EQ(format_duration(3h), "3 h");
  EXPECT_EQ(format_duration(-5us), "-5 µs");
}

TEST(Duration, TakesTheNextUnitWhenRoundingReachesIt) {
  EXPECT_EQ(format_duration(999'600ns), "1 ms");
  EXPECT_EQ(format_duration(999'400ns), "999 µs");
  EXPECT_EQ(format_duration(119'900ms), "2 min");
}

TEST(Bytes, AreReadInPowersOfThousandAndOf1024) {
  EXPECT_EQ(parse_bytes("16 B").count, 16u);
  EXPECT_EQ(parse_bytes("16MiB").count, 16u << 20);
  EXPECT_EQ(parse_bytes("1.5 KiB").count, 1536u);
  EXPECT_EQ(parse_bytes("2 GB").count, 2'000'000'000u);
  EXPECT_EQ(parse_bytes("1 TiB").count, 1ull << 40);
}

TEST(Bytes, AreExactUpToTheLast) {
  EXPECT_EQ(parse_bytes("18446744073709551615 B").count, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(usage_error_of([] { parse_bytes("18446744073709551616 B"); }), "'18446744073709551616 B' is out of range");
}

TEST(Bytes, AreWhole) {
  EXPECT_EQ(usage_error_of([] { parse_bytes("0.5 B"); }), "'0.5 B' is not a whole number of bytes");
  EXPECT_EQ(usage_error_of([] { parse_bytes("64 K"); }),
            "unknown unit 'K' in '64 K'; expected one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB");
}

TEST(Bytes, ReadWellInPrint) {
  EXPECT_EQ(format_bytes({0}), "0 B");
  EXPECT_EQ(format_bytes({16}), "16 B");
  EXPECT_EQ(format_bytes({1000}), "1000 B");
  EXPECT_EQ(format_bytes({64 << 10}), "64 KiB");
  EXPECT_EQ(format_bytes({1001 << 10}), "1001 KiB");
  EXPECT_EQ(format_bytes({16 << 20}), "16 MiB");
  EXPECT_EQ(format_bytes({1536ull << 20}), "1.5 GiB");
  EXPECT_EQ(format_bytes({1234567}), "1.18 MiB");
}

TEST(Rate, OfLinksIsInBitsAndBandwidthInBytes) {
  EXPECT_DOUBLE_EQ(parse_rate("400 Gbit/s").value, 50e9);
  EXPECT_DOUBLE_EQ(parse_rate("1.6 Tbit/s").value, 200e9);
  EXPECT_DOUBLE_EQ(parse_bandwidth("46 GB/s").value, 46e9);
  EXPECT_EQ(format_bit_rate({50e9}), "400 Gbit/s");
  EXPECT_EQ(format_bit_rate({800e9}), "6.4 Tbit/s");
  EXPECT_EQ(format_bandwidth({12.345e9}), "12.3 GB/s");
}

TEST(Rate, DoesNotMistakeBytesForBits) {
  EXPECT_EQ(usage_error_of([] { parse_rate("400 Gb"); }),
            "unknown unit 'Gb' in '400 Gb'; expected one of bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s");
  EXPECT_EQ(usage_error_of([] { parse_rate("50 GB/s"); }),
            "unknown unit 'GB/s' in '50 GB/s'; expected one of bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s");
  EXPECT_EQ(usage_error_of([] { parse_bandwidth("400 Gbit/s"); }),
            "unknown unit 'Gbit/s' in '400 Gbit/s'; expected one of B/s, kB/s, MB/s, GB/s, TB/s");
}

TEST(Length, IsReadInMetresAndKilometres) {
  EXPECT_DOUBLE_EQ(parse_length("80 km").value, 80);
  EXPECT_DOUBLE_EQ(parse_length("350 m").value, 0.35);
  EXPECT_EQ(format_length({0.35}), "350 m");
  EXPECT_EQ(format_length({1200}), "1200 km");
  EXPECT_EQ(format_length({12345}), "12345 km");
  EXPECT_EQ(format_length({0}), "0 km");
}

TEST(Share, IsReadAsPercentOrAsNumber) {
  EXPECT_DOUBLE_EQ(parse_share("0.1 %").value, 0.001);
  EXPECT_DOUBLE_EQ(parse_share("0.001").value, 0.001);
  EXPECT_DOUBLE_EQ(parse_share("100%").value, 1);
  EXPECT_EQ(format_share({0.001}), "0.1 %");
}

TEST(Share, IsNoMoreThanTheWhole) {
  EXPECT_EQ(usage_error_of([] { parse_share("5"); }), "'5' is more than the whole; expected 0 to 1, or 0 % to 100 %");
  EXPECT_EQ(usage_error_of([] { parse_share("1 ppm"); }), "unknown unit 'ppm' in '1 ppm'; expected % or no unit");
}

TEST(Quantity, IsQuotedAsTheCallerSays) {
  EXPECT_EQ(usage_error_of([] { parse_length("80 kg", "length: 80 kg"); }),
            "unknown unit 'kg' in 'length: 80 kg'; expected one of m, km");
}

TEST(Significant, KeepsThreeDigitsAndNoTrailingZeros) {
  EXPECT_EQ(format_significant(0), "0");
  EXPECT_EQ(format_significant(1.20), "1.2");
  EXPECT_EQ(format_significant(12345), "12300");
  EXPECT_EQ(format_significant(9.996), "10");
  EXPECT_EQ(format_significant(0.0012345), "0.00123");
  EXPECT_EQ(format_significant(0.000012345), "1.23e-05");
  EXPECT_EQ(format_significant(-0.5), "-0.5");
  EXPECT_EQ(format_significant(3.14159, 5), "3.1416");
}

/// What was printed is read back within half a unit of its third digit, and then prints the same.
template <class Value, class Parse, class Format, class Number>
void expect_round_trip(Value value, Parse parse, Format format, Number number) {
  const auto text = format(value);
  const auto again = parse(text);
  EXPECT_NEAR(number(again), number(value), 0.0051 * number(value)) << text;
  EXPECT_EQ(format(again), text);
}

TEST(Quantity, SurvivesPrintingAndReading) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(0, 13);
  for (int i = 0; i < 2000; ++i) {
    const double value = std::round(std::pow(10, exponent(random)));
    expect_round_trip(
        Duration{static_cast<Duration::rep>(value)}, [](const auto& text) { return parse_duration(text); },
        format_duration, [](Duration time) { return seconds(time); });
    expect_round_trip(
        BytesPerSecond{value}, [](const auto& text) { return parse_rate(text); }, format_bit_rate,
        [](BytesPerSecond rate) { return rate.value; });
    expect_round_trip(
        BytesPerSecond{value}, [](const auto& text) { return parse_bandwidth(text); }, format_bandwidth,
        [](BytesPerSecond rate) { return rate.value; });
    expect_round_trip(
        Kilometres{value / 1e6}, [](const auto& text) { return parse_length(text); }, format_length,
        [](Kilometres length) { return length.value; });
  }
}

TEST(Bytes, OfEveryPowerOfTwoSurvivePrintingAndReading) {
  for (int power = 0; power < 50; ++power)
    EXPECT_EQ(parse_bytes(format_bytes({1ull << power})).count, 1ull << power) << power;
}

}  // namespace
}  // namespace longhaul
