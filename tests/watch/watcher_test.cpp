#include "harness/watch/watcher.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "collectives/progress.hpp"
#include "harness/watch/hang_report.hpp"
#include "harness/watch/phase.hpp"
#include "harness/watch/side_channel.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A host of one rank, a process that does nothing but obey.
class WatchedHost {
 public:
  explicit WatchedHost(int rank) : board_(HostBoard::create(name_of(rank), 1)), listener_(listen_anywhere()) {
    HostBoard::remove_name(name_of(rank));
    auto& slot = board_.slot(0);
    slot.rank.store(rank);
    enter(slot.progress, Phase::sampling);
    pid_ = ::fork();
    if (pid_ == 0) obey(slot);
    slot.pid.store(pid_);
  }
  ~WatchedHost() {
    if (watcher_.joinable()) watcher_.join();
  }

  WatchOrders::Host description(const std::string& name) {
    return {name, "campus", {board_.slot(0).rank.load()}, {{"127.0.0.1", listener_.port}}};
  }
  int port() const { return listener_.port; }
  void watch(const WatchOrders& orders) {
    orders_ = orders;
    watcher_ = std::thread([this] {
      watch_host(orders_, HostBoard::adopt(Fd(::dup(board_.fd())), 1), std::move(listener_.socket), Fd{});
    });
  }
  /// By a process of its own, which can be stopped.
  pid_t watch_apart(const WatchOrders& orders) {
    const pid_t watcher = ::fork();
    if (watcher == 0) {
      watch_host(orders, HostBoard::adopt(Fd(::dup(board_.fd())), 1), std::move(listener_.socket), Fd{});
      ::_exit(0);
    }
    return watcher;
  }
  void move() { enter(board_.slot(0).progress, Phase::sampling); }
  /// The rank's exit code.
  int end() {
    if (watcher_.joinable()) watcher_.join();
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  static std::string name_of(int rank) {
    return "/longhaul-watched-" + std::to_string(::getpid()) + "-" + std::to_string(rank);
  }

  [[noreturn]] static void obey(BoardSlot& slot) {
    for (auto order = wait_for_order(slot, 0);; order = wait_for_order(slot, order)) {
      if (order_of(order) == Order::end) ::_exit(slot.code.load());
      const std::string stack = "answer " + std::to_string(order);
      std::copy(stack.begin(), stack.end(), slot.stack.begin());
      slot.stack_length.store(static_cast<std::uint32_t>(stack.size()));
      slot.stack_order.store(order);
    }
  }

  HostBoard board_;
  Listener listener_;
  pid_t pid_ = -1;
  WatchOrders orders_;
  std::thread watcher_;
};

class WatcherOfHosts : public testing::Test {
 protected:
  WatcherOfHosts() { fs::create_directories(folder_); }
  ~WatcherOfHosts() override { fs::remove_all(folder_); }
  WatchOrders orders(std::vector<WatchOrders::Host> hosts, Duration deadline) const {
    return {"token", 0, std::move(hosts), deadline, "run.h5", (folder_ / "run.h5.hang.json").string(), false};
  }
  nlohmann::json account(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return nlohmann::json::parse(file, nullptr, false);
  }
  const fs::path folder_ = fs::temp_directory_path() / ("watched-" + std::to_string(::getpid()));
};

std::optional<Heard> next_words(LineChannel& channel) {
  for (int look = 0; look < 5000 && channel.open(); ++look) {
    for (const auto& line : channel.receive()) return heard_in(line);
    std::this_thread::sleep_for(2ms);
  }
  return std::nullopt;
}

bool is_hung_up(LineChannel& channel) {
  for (int look = 0; look < 5000 && channel.open(); ++look) {
    channel.receive();
    std::this_thread::sleep_for(2ms);
  }
  return !channel.open();
}

LineChannel called(int port) {
  auto channel = connect_to({{"127.0.0.1", port}}, 5s);
  return std::move(channel.value());
}

TEST_F(WatcherOfHosts, HangsUpOnStrangersAndGoesOn) {
  WatchedHost chief(0);
  auto all = orders({chief.description("a"), {"b", "campus", {1}, {}}}, 1h);
  const int port = chief.port();
  chief.watch(all);
  for (const std::string line :
       {R"({"token":"wrong","host":1})", R"({"host":"x"})", R"({"token":1})", "GET / HTTP/1.1"}) {
    auto stranger = called(port);
    stranger.send(line);
    EXPECT_TRUE(is_hung_up(stranger)) << line;
  }
  auto endless = called(port);
  std::thread sender([&] { endless.send(std::string(4 * kLongestGreeting, 'x')); });
  sender.join();
  EXPECT_TRUE(is_hung_up(endless));

  auto member = called(port);
  member.send(greeting("token", 1));
  member.send(alarm_line("rank 1 (b) has not moved for 3 s"));
  EXPECT_EQ(next_words(member).value_or(Heard{}).order, "report");
  HostReport report{"b", "campus", {1}, true, {}, {}, ""};
  member.send(report_line("no report"));
  member.send(report_line(line_of(report)));
  const auto last = next_words(member).value_or(Heard{});
  EXPECT_EQ(last.order, "end");
  EXPECT_EQ(last.code, 5);
  EXPECT_EQ(chief.end(), 5);
  const auto written = account("run.h5.hang.json");
  EXPECT_EQ(written.at("reason"), "rank 1 (b) has not moved for 3 s");
  EXPECT_TRUE(written.at("hosts").at(1).at("answered"));
}

TEST_F(WatcherOfHosts, TheFirstOneThatAnswersStandsInForALostChief) {
  WatchedHost second(1), third(2);
  std::optional<Listener> nobody = listen_anywhere();
  const int port = nobody->port;
  nobody.reset();  // the chief's host refuses connections
  auto all =
      orders({{"a", "campus", {0}, {{"127.0.0.1", port}}}, second.description("b"), third.description("c")}, 300ms);
  all.own = 1;
  second.watch(all);
  all.own = 2;
  third.watch(all);
  EXPECT_EQ(second.end(), 4);
  EXPECT_EQ(third.end(), 4);
  const auto written = account("run.h5.hang.b.json");
  EXPECT_EQ(written.at("reason"), "host a with rank 0 is lost");
  const auto& hosts = written.at("hosts");
  EXPECT_FALSE(hosts.at(0).at("answered"));
  for (const std::size_t host : {1, 2}) {
    EXPECT_TRUE(hosts.at(host).at("answered"));
    EXPECT_FALSE(hosts.at(host).at("ranks").at(0).at("stack").at(0).get<std::string>().empty());
  }
  EXPECT_FALSE(fs::exists(folder_ / "run.h5.hang.json"));
}

TEST_F(WatcherOfHosts, OneThatHearsNothingFromTheChiefStandsInForIt) {
  WatchedHost second(1);
  const auto silent = listen_anywhere();  // the kernel answers, nobody behind it does
  auto all = orders({{"a", "campus", {0}, {{"127.0.0.1", silent.port}}}, second.description("b")}, 300ms);
  all.own = 1;
  second.watch(all);
  EXPECT_EQ(second.end(), 4);
  EXPECT_EQ(account("run.h5.hang.b.json").at("exit_code"), 4);
}

TEST_F(WatcherOfHosts, AHoldUpThatIsOverDoesNotPutOffTheNextDeadline) {
  WatchedHost host(0);
  const auto watcher = host.watch_apart(orders({host.description("a")}, 1s));
  std::this_thread::sleep_for(300ms);
  ::kill(watcher, SIGSTOP);
  std::this_thread::sleep_for(4s);
  ::kill(watcher, SIGCONT);
  std::this_thread::sleep_for(400ms);  // the watcher has seen that it was held up
  host.move();
  const auto moved = std::chrono::steady_clock::now();
  EXPECT_EQ(host.end(), 5) << "and not while the watcher was held up";
  const auto waited = std::chrono::steady_clock::now() - moved;
  EXPECT_GT(waited, 900ms);
  EXPECT_LT(waited, 3500ms);
  ::waitpid(watcher, nullptr, 0);
}

TEST(WatchOrders, TravelWhole) {
  const WatchOrders orders{
      "token", 1, {{"a", "x", {0, 1}, {{"10.0.0.1", 7}}}, {"b", "y", {2}, {}}}, 3s, "run.h5", "run.h5.hang.json", true};
  EXPECT_EQ(line_of(watch_orders_of(line_of(orders))), line_of(orders));
  EXPECT_EQ(watch_orders_of(line_of(orders)).account, "run.h5.hang.json");
}

TEST(WatchOrders, WhoStandsInWritesAnAccountOfItsOwn) {
  EXPECT_EQ(stand_ins_account("runs/a.h5.hang.json", "gpu-b001"), "runs/a.h5.hang.gpu-b001.json");
}

}  // namespace
}  // namespace longhaul
