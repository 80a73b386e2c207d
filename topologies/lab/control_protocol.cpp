#include "topologies/lab/control_protocol.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::json;

constexpr double kMostRate = 1e18;
/// A link that is to carry less is as good as cut.
constexpr double kLeastRateShare = 1e-6;

/// A whole number that fits: the library's own conversion would take 1e190 for one.
template <class Whole>
Whole whole_from(const Json& json) {
  const bool fits = json.is_number_unsigned()
                        ? std::in_range<Whole>(json.get<std::uint64_t>())
                        : json.is_number_integer() && std::in_range<Whole>(json.get<std::int64_t>());
  if (fits) return json.get<Whole>();
  throw std::invalid_argument("expected a whole number, found " + json.dump());
}

Duration duration_from(const Json& json) { return Duration(whole_from<Duration::rep>(json)); }

Json to_json(const WanReport& report) {
  Json links = Json::array();
  for (const auto& each : report.links)
    links.push_back({{"link", each.link},
                     {"from", each.from},
                     {"to", each.to},
                     {"member", each.member},
                     {"bytes", each.bytes},
                     {"packets", each.packets},
                     {"drops", each.drops},
                     {"queue_max", each.queue_max},
                     {"rate", each.rate.value},
                     {"down", each.down},
                     {"avoided", each.avoided}});
  const auto& late = report.lateness;
  return {
      {"lateness",
       {{"packets", late.packets}, {"p50", late.p50.count()}, {"p99", late.p99.count()}, {"max", late.max.count()}}},
      {"links", links},
      {"setting", report.setting},
      {"to_come", report.to_come}};
}

WanReport report_from(const Json& json) {
  WanReport report;
  const auto& late = json.at("lateness");
  report.lateness = {whole_from<std::uint64_t>(late.at("packets")), duration_from(late.at("p50")),
                     duration_from(late.at("p99")), duration_from(late.at("max"))};
  for (const auto& each : json.at("links"))
    report.links.push_back({each.at("link"), whole_from<std::size_t>(each.at("from")),
                            whole_from<std::size_t>(each.at("to")), whole_from<int>(each.at("member")),
                            whole_from<std::uint64_t>(each.at("bytes")), whole_from<std::uint64_t>(each.at("packets")),
                            whole_from<std::uint64_t>(each.at("drops")),
                            whole_from<std::uint64_t>(each.at("queue_max")),
                            BytesPerSecond{each.at("rate").get<double>()}, each.at("down"), each.at("avoided")});
  report.setting = json.at("setting");
  report.to_come = whole_from<std::size_t>(json.at("to_come"));
  return report;
}

/// A number from `least` on, as chance and rates take it.
double number_from(const Json& json, double least, double most) {
  const double value = json;
  if (!(value >= least && value <= most)) throw std::invalid_argument("a number is out of range");
  return value;
}

/// What stands at a place of a list, or 0 where the list ends before it.
double number_or_0(const Json& list, std::size_t at, double most) {
  return at < list.size() ? number_from(list.at(at), 0, most) : 0;
}

WanSetting setting_from(const Json& json) {
  WanSetting setting{json.at("id"), {}, {}, json.contains("seed") ? whole_from<std::uint64_t>(json.at("seed")) : 1};
  for (const auto& pair : json.at("pairs")) {
    const PairWan wanted{
        whole_from<std::size_t>(pair.at(0)), whole_from<std::size_t>(pair.at(1)),
        duration_from(pair.at(2)),           pair.size() > 3 ? duration_from(pair.at(3)) : Duration::zero(),
        {number_or_0(pair, 4, 1)},           {number_or_0(pair, 5, kMostRate)}};
    if (wanted.rtt < Duration::zero() || wanted.jitter < Duration::zero())
      throw std::invalid_argument("a duration is negative");
    setting.pairs.push_back(wanted);
  }
  if (json.contains("queue"))
    setting.queue = {duration_from(json.at("queue").at(0)), {whole_from<std::uint64_t>(json.at("queue").at(1))}};
  return setting;
}

std::vector<wan::Event> events_from(const Json& json) {
  std::vector<wan::Event> events;
  for (const auto& each : json) {
    const int kind = whole_from<int>(each.at(1));
    if (kind < 0 || kind > static_cast<int>(wan::Event::Kind::reroute))
      throw std::invalid_argument("an event is of no known kind");
    events.push_back({duration_from(each.at(0)), static_cast<wan::Event::Kind>(kind),
                      whole_from<std::uint32_t>(each.at(2)), duration_from(each.at(3)),
                      number_from(each.at(4), kLeastRateShare, 1), number_from(each.at(5), 0, 1)});
  }
  return events;
}

Json served(WanEngine& engine, const Json& request) {
  const std::string verb = request.at("do");
  if (verb == "report") return {{"ok", true}, {"report", to_json(engine.report())}};
  if (verb == "apply")
    engine.apply(setting_from(request));
  else if (verb == "schedule")
    engine.schedule(events_from(request.at("events")));
  else if (verb == "reset")
    engine.reset_counters();
  else if (verb != "ping")
    throw std::invalid_argument("unknown request '" + verb + "'");
  return {{"ok", true}};
}

}  // namespace

std::string framed(std::string_view payload) {
  std::string frame;
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(payload.size() >> shift & 0xff);
  return frame.append(payload);
}

std::optional<std::string> FrameReader::next() {
  constexpr std::size_t kHead = 4;
  if (bytes_.size() < kHead) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kHead; ++i) length = length << 8 | static_cast<unsigned char>(bytes_[i]);
  if (length > kLargestFrame)
    throw EnvironmentError("a control frame of {} bytes is longer than {}", length, kLargestFrame);
  if (bytes_.size() < kHead + length) return std::nullopt;
  auto payload = bytes_.substr(kHead, length);
  bytes_.erase(0, kHead + length);
  return payload;
}

std::string answer(WanEngine& engine, const std::string& request) {
  try {
    return served(engine, Json::parse(request)).dump();
  } catch (const std::exception& error) {
    return Json{{"error", error.what()}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

std::string ping_request() { return R"({"do":"ping"})"; }
std::string reset_request() { return R"({"do":"reset"})"; }
std::string report_request() { return R"({"do":"report"})"; }

std::string apply_request(const WanSetting& setting) {
  Json pairs = Json::array();
  for (const auto& pair : setting.pairs)
    pairs.push_back({pair.a, pair.b, pair.rtt.count(), pair.jitter.count(), pair.loss.value, pair.rate.value});
  return Json{{"do", "apply"},
              {"id", setting.id},
              {"pairs", pairs},
              {"queue", {setting.queue.time.count(), setting.queue.bytes.count}},
              {"seed", setting.seed}}
      .dump();
}

std::string schedule_request(std::span<const wan::Event> events) {
  Json list = Json::array();
  for (const auto& event : events)
    list.push_back({event.at.count(), static_cast<int>(event.kind), event.link, event.protection.count(),
                    event.rate_share, event.loss});
  return Json{{"do", "schedule"}, {"events", list}}.dump();
}

WanReport read_answer(const std::string& answer) {
  try {
    const auto json = Json::parse(answer);
    if (json.contains("error"))
      throw EnvironmentError("the WAN emulator refused: {}", json.at("error").get<std::string>());
    return json.contains("report") ? report_from(json.at("report")) : WanReport{};
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw EnvironmentError("the WAN emulator's answer cannot be read: {}", error.what());
  }
}

}  // namespace longhaul
