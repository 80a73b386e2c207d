#include "harness/watch/side_channel.hpp"

#include <nlohmann/json.hpp>

namespace longhaul {
namespace {

using Words = nlohmann::json;

/// Text of a communicator or a rank may hold any bytes.
std::string line_with(const Words& words) { return words.dump(-1, ' ', false, Words::error_handler_t::replace); }

std::optional<std::string> text_at(const Words& said, const char* name) {
  const auto found = said.find(name);
  if (found == said.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool flag_at(const Words& said, const char* name) {
  const auto found = said.find(name);
  return found != said.end() && found->is_boolean() && found->get<bool>();
}

/// Always an object; an empty one for what is none.
Words words_in(const std::string& line) {
  auto said = Words::parse(line, nullptr, false);
  return said.is_object() ? said : Words::object();
}

}  // namespace

Heard heard_in(const std::string& line) {
  const auto said = words_in(line);
  Heard heard;
  heard.alarm = text_at(said, "alarm");
  heard.fault = text_at(said, "fault");
  heard.report = text_at(said, "report");
  heard.order = text_at(said, "do").value_or("");
  heard.failing = flag_at(said, "failing");
  heard.farewell = flag_at(said, "farewell");
  if (const auto code = said.find("code"); code != said.end() && code->is_number_integer()) heard.code = *code;
  return heard;
}

std::string greeting(const std::string& token, std::size_t host) {
  return line_with({{"token", token}, {"host", host}});
}

std::optional<std::size_t> host_of_greeting(const std::string& line, const std::string& token, std::size_t hosts) {
  const auto said = words_in(line);
  const auto host = said.find("host");
  if (text_at(said, "token") != token || host == said.end() || !host->is_number_unsigned()) return std::nullopt;
  const auto number = host->get<std::uint64_t>();
  if (number >= hosts) return std::nullopt;
  return static_cast<std::size_t>(number);
}

std::string alarm_line(const std::string& what) { return line_with({{"alarm", what}}); }
std::string fault_line(const std::string& what) { return line_with({{"fault", what}}); }
std::string report_line(const std::string& report) { return line_with({{"report", report}}); }
std::string farewell_line() { return line_with({{"farewell", true}}); }
std::string report_order(bool failing) { return line_with({{"do", "report"}, {"failing", failing}}); }
std::string let_go_order() { return line_with({{"do", "let go"}}); }
std::string end_order(int code) { return line_with({{"do", "end"}, {"code", code}}); }

}  // namespace longhaul
