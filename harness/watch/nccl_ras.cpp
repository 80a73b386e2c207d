#include "harness/watch/nccl_ras.hpp"

#include <chrono>
#include <cstdlib>
#include <thread>

#include "harness/watch/line_channel.hpp"

namespace longhaul {
namespace {

constexpr auto kRasConnectPatience = std::chrono::milliseconds(300);
constexpr auto kRasAnswerPatience = std::chrono::milliseconds(2000);
constexpr int kRasPort = 28028;

std::vector<NetAddress> ras_addresses() {
  const char* given = std::getenv("NCCL_RAS_ADDR");
  const std::string text = given != nullptr ? given : "localhost";
  const auto colon = text.rfind(':');
  const int port = colon == std::string::npos ? kRasPort : std::atoi(text.c_str() + colon + 1);
  const auto host = text.substr(0, colon);
  if (host == "localhost") return {{"127.0.0.1", port}, {"::1", port}};
  return {{host, port}};
}

}  // namespace

std::string ask_nccl_ras() {
  auto channel = connect_to(ras_addresses(), kRasConnectPatience);
  if (!channel) return "";
  for (const auto* line : {"CLIENT PROTOCOL 2", "TIMEOUT 1", "SET FORMAT json", "VERBOSE STATUS"}) channel->send(line);
  std::string answer;
  const auto end = std::chrono::steady_clock::now() + kRasAnswerPatience;
  while (channel->open() && std::chrono::steady_clock::now() < end) {
    for (const auto& line : channel->receive())
      if (line != "OK" && !line.starts_with("SERVER PROTOCOL")) answer += line + "\n";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return answer;
}

}  // namespace longhaul
