#include "harness/watch/nccl_ras.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "harness/watch/line_channel.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

/// Plays NCCL's RAS thread at $NCCL_RAS_ADDR: reads the client's four lines, says so many, and hangs up or falls
/// silent.
class RasServer {
 public:
  RasServer(std::vector<std::string> answer, bool hangs_up) : answer_(std::move(answer)), hangs_up_(hangs_up) {
    ::setenv("NCCL_RAS_ADDR", ("127.0.0.1:" + std::to_string(listener_.port)).c_str(), 1);
    thread_ = std::thread([this] { serve(); });
  }
  ~RasServer() {
    over_ = true;
    thread_.join();
    ::unsetenv("NCCL_RAS_ADDR");
  }
  const std::vector<std::string>& heard() const { return heard_; }

 private:
  void serve() {
    std::optional<LineChannel> client;
    while (!client && !over_) client = accept_from(listener_.socket);
    while (client && client->open() && heard_.size() < 4 && !over_)
      for (auto& line : client->receive()) heard_.push_back(line);
    for (const auto& line : answer_) client->send(line);
    while (!hangs_up_ && !over_) std::this_thread::sleep_for(5ms);
  }

  const Listener listener_ = listen_anywhere();
  const std::vector<std::string> answer_;
  const bool hangs_up_;
  std::atomic<bool> over_{false};
  std::vector<std::string> heard_;
  std::thread thread_;
};

TEST(NcclRas, GivesTheStatusWithoutTheProtocol) {
  RasServer server({"SERVER PROTOCOL 2", "OK", "OK", "{", "  \"nccl_version\": \"2.28.9\"", "}"}, true);
  EXPECT_EQ(ask_nccl_ras(), "{\n  \"nccl_version\": \"2.28.9\"\n}\n");
  EXPECT_EQ(server.heard().at(2), "SET FORMAT json");
}

TEST(NcclRas, TakesWhatASilentServerHasSaid) {
  const RasServer server({"SERVER PROTOCOL 2", "OK"}, false);
  EXPECT_EQ(ask_nccl_ras(), "");
}

TEST(NcclRas, TakesNothingFromOneThatHangsUp) {
  const RasServer server({}, true);
  EXPECT_EQ(ask_nccl_ras(), "");
}

TEST(NcclRas, TakesNothingWhereNobodyListens) {
  int port = 0;
  {
    const auto listener = listen_anywhere();
    port = listener.port;
  }
  ::setenv("NCCL_RAS_ADDR", ("127.0.0.1:" + std::to_string(port)).c_str(), 1);
  EXPECT_EQ(ask_nccl_ras(), "");
  ::unsetenv("NCCL_RAS_ADDR");
}

}  // namespace
}  // namespace longhaul
