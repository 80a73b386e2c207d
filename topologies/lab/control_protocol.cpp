#include "topologies/lab/control_protocol.hpp"

#include <nlohmann/json.hpp>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::json;

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
                     {"rate", each.rate.value}});
  const auto& late = report.lateness;
  return {
      {"lateness",
       {{"packets", late.packets}, {"p50", late.p50.count()}, {"p99", late.p99.count()}, {"max", late.max.count()}}},
      {"links", links}};
}

WanReport report_from(const Json& json) {
  WanReport report;
  const auto& late = json.at("lateness");
  report.lateness = {late.at("packets"), Duration(late.at("p50").get<Duration::rep>()),
                     Duration(late.at("p99").get<Duration::rep>()), Duration(late.at("max").get<Duration::rep>())};
  for (const auto& each : json.at("links"))
    report.links.push_back({each.at("link"), each.at("from"), each.at("to"), each.at("member"), each.at("bytes"),
                            each.at("packets"), each.at("drops"), each.at("queue_max"),
                            BytesPerSecond{each.at("rate").get<double>()}});
  return report;
}

WanSetting setting_from(const Json& json) {
  WanSetting setting{json.at("id"), {}};
  for (const auto& pair : json.at("pairs")) {
    const Duration rtt(pair.at(2).get<Duration::rep>());
    if (rtt < Duration::zero()) throw std::invalid_argument("a round trip is negative");
    setting.pairs.push_back({pair.at(0), pair.at(1), rtt});
  }
  return setting;
}

Json served(WanEngine& engine, const Json& request) {
  const std::string verb = request.at("do");
  if (verb == "report") return {{"ok", true}, {"report", to_json(engine.report())}};
  if (verb == "apply")
    engine.apply(setting_from(request));
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
  for (const auto& pair : setting.pairs) pairs.push_back({pair.a, pair.b, pair.rtt.count()});
  return Json{{"do", "apply"}, {"id", setting.id}, {"pairs", pairs}}.dump();
}

WanReport read_answer(const std::string& answer) {
  try {
    const auto json = Json::parse(answer);
    if (json.contains("error"))
      throw EnvironmentError("the WAN emulator refused: {}", json.at("error").get<std::string>());
    return json.contains("report") ? report_from(json.at("report")) : WanReport{};
  } catch (const Json::exception& error) {
    throw EnvironmentError("the WAN emulator's answer cannot be read: {}", error.what());
  }
}

}  // namespace longhaul
