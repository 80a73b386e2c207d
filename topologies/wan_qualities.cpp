#include "topologies/wan_qualities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

const std::vector<std::string> kNames{"jitter", "loss", "rate", "queue"};
constexpr Duration kMostJitter = std::chrono::seconds(10);

template <class Value>
void set_once(std::optional<Value>& quality, const Value& value, std::string_view name) {
  if (quality) throw UsageError("'{}' is given twice", name);
  quality = value;
}

std::string exact_rate(BytesPerSecond rate) {
  const double bits = bits_per_second(rate);
  for (const auto& [unit, factor] : {std::pair{"Tbit/s", 1e12}, {"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}})
    if (bits >= factor) return fmt::format("{:.12g}{}", bits / factor, unit);
  return fmt::format("{:.12g}bit/s", bits);
}

WanQueue parse_queue(std::string_view value) {
  WanQueue queue;
  if (value.ends_with('B'))
    queue.bytes = parse_bytes(value);
  else
    queue.time = parse_duration(value);
  if (queue == WanQueue{}) throw UsageError("a queue of '{}' takes nothing; expected more than 0", value);
  return queue;
}

void set_quality(WanQualities& qualities, const std::string& name, std::string_view value) {
  if (name == "jitter") {
    set_once(qualities.jitter, value == "0" ? Duration::zero() : parse_duration(value), name);
    if (*qualities.jitter > kMostJitter)
      throw UsageError("a jitter of '{}' is more than {}", value, format_duration(kMostJitter));
  } else if (name == "loss") {
    set_once(qualities.loss, parse_share(value), name);
    if (qualities.loss->value >= 1) throw UsageError("'{}' loses everything; expected less than 100 %", value);
  } else if (name == "rate") {
    set_once(qualities.rate, parse_rate(value), name);
    if (qualities.rate->value <= 0) throw UsageError("'{}' carries nothing; expected more than 0", value);
  } else {
    if (qualities.queue != WanQueue{}) throw UsageError("'queue' is given twice");
    qualities.queue = parse_queue(value);
  }
}

}  // namespace

std::string exact_duration(Duration time) {
  struct Scale {
    const char* unit;
    Duration::rep nanoseconds;
  };
  constexpr Scale scales[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};
  if (time == Duration::zero()) return "0ms";
  const auto& scale = *std::find_if(std::begin(scales), std::end(scales),
                                    [&](const Scale& candidate) { return time.count() >= candidate.nanoseconds; });
  std::string text = fmt::format("{}", time.count() / scale.nanoseconds);
  if (const auto rest = time.count() % scale.nanoseconds) {
    auto decimals = fmt::format("{}", scale.nanoseconds + rest).substr(1);  // keeps the leading zeros
    decimals.erase(decimals.find_last_not_of('0') + 1);
    text += "." + decimals;
  }
  return text + scale.unit;
}

WanQualities parse_qualities(std::string_view text) {
  WanQualities qualities;
  for (const auto& part : split(std::string(text), ':')) {
    const auto equals = part.find('=');
    const std::string name{trimmed(std::string_view(part).substr(0, equals))};
    if (equals == std::string::npos || std::ranges::find(kNames, name) == kNames.end())
      throw UsageError("'{}' is no quality; {}expected jitter=TIME, loss=SHARE, rate=RATE, queue=TIME or queue=BYTES",
                       trimmed(part), did_you_mean(name, kNames));
    set_quality(qualities, name, trimmed(std::string_view(part).substr(equals + 1)));
  }
  return qualities;
}

std::string text_of(const WanQualities& qualities) {
  std::string text;
  if (qualities.jitter) text += ":jitter=" + exact_duration(*qualities.jitter);
  if (qualities.loss) text += fmt::format(":loss={:.12g}%", qualities.loss->value * 100);
  if (qualities.rate) text += ":rate=" + exact_rate(*qualities.rate);
  if (qualities.queue.time > Duration::zero()) text += ":queue=" + exact_duration(qualities.queue.time);
  if (qualities.queue.bytes.count > 0) text += fmt::format(":queue={}B", qualities.queue.bytes.count);
  return text;
}

}  // namespace longhaul
