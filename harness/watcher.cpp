#include "harness/watcher.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "harness/hang_report.hpp"
#include "harness/nccl_ras.hpp"
#include "harness/rank_state.hpp"
#include "results/durable_file.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::json;
using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{200};
constexpr milliseconds kConnectPatience{5000};
constexpr milliseconds kStackPatience{600};
constexpr milliseconds kLinkPatience{1500};
constexpr milliseconds kReportPatience{4000};  ///< for all hosts together
constexpr milliseconds kAlonePatience{6000};   ///< from an alarm until a host that hears nothing ends its own ranks
constexpr milliseconds kLastBreath{3000};      ///< for ranks that can obey the order to end
constexpr milliseconds kAfterwards{300};       ///< so that the launcher has seen their exit code before a kill
constexpr milliseconds kOwnEnd{9000};          ///< for ranks whose communicator has given up, until all is written down
constexpr milliseconds kLastWords{700};        ///< from then until they have said so; who is left is ended
/// A look that comes so late means that this machine was held up, not that ranks were.
constexpr milliseconds kHeldUp{2000};

Time now() { return std::chrono::steady_clock::now(); }

class Watcher {
 public:
  Watcher(const WatchOrders& orders, HostBoard board, Fd listener, Fd lifeline)
      : orders_(orders), board_(std::move(board)), listener_(std::move(listener)), lifeline_(std::move(lifeline)) {}

  void run() {
    if (!is_chief()) join_chief();
    while (!ended()) {
      const auto before = now();
      wait();
      if (now() - before > kLookAgain + kHeldUp) held_up_ += now() - before - kLookAgain;
      if (is_chief() ? preside() : serve()) return;
      if (let_go_ && now() > *let_go_ + kLastWords) return end_ranks(static_cast<int>(ExitCode::hung));
    }
    say_farewell();
  }

 private:
  struct Member {
    LineChannel channel;
    std::optional<std::size_t> host;  ///< once it has shown the token
    bool farewell = false;
  };

  bool is_chief() const { return orders_.own == 0; }
  const WatchOrders::Host& own_host() const { return orders_.hosts[orders_.own]; }

  /// All ranks of this host have ended in good order.
  bool ended() {
    for (std::size_t i = 0; i < board_.size(); ++i)
      if (board_.slot(i).progress.state.load() != Progress::ended) return false;
    return true;
  }

  void wait() {
    std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
    for (const auto& member : members_) polled.push_back({member.channel.fd(), POLLIN, 0});
    ::poll(polled.data(), polled.size(), static_cast<int>(kLookAgain.count()));
    while (auto channel = accept_from(listener_)) members_.push_back({std::move(*channel), std::nullopt, false});
  }

  void join_chief() {
    auto channel = connect_to(orders_.hosts.front().addresses, kConnectPatience);
    if (!channel) return;  // it is watched all the same, and the chief says that this host does not answer
    channel->send(Json{{"token", orders_.token}, {"host", orders_.own}}.dump());
    members_.push_back({std::move(*channel), 0, false});
    joined_ = true;
  }

  /// What is wrong with a rank of this host, if something is.
  std::optional<std::string> trouble() {
    for (std::size_t i = 0; i < board_.size(); ++i) {
      const auto seen = look_at(board_.slot(i), now().time_since_epoch());
      if (seen.state == Progress::ended) continue;
      if (seen.process == "gone") return fmt::format("rank {} ({}) is gone", seen.rank, own_host().name);
      if (from_seconds(seen.since) > orders_.deadline + held_up_ + (failing_ ? kOwnEnd : milliseconds(0)))
        return fmt::format("rank {} ({}) has not moved for {}", seen.rank, own_host().name,
                           format_duration(from_seconds(seen.since)));
    }
    return std::nullopt;
  }

  /// What the communicator of a rank of this host says that has given up. Such a rank ends by itself, once everything
  /// that was seen has been taken down.
  std::optional<std::string> fault() {
    for (std::size_t i = 0; i < board_.size(); ++i) {
      const auto& slot = board_.slot(i);
      if (slot.failed.load(std::memory_order_acquire) && !slot.reported.load())
        return fmt::format("rank {} ({}): {}", slot.rank.load(), own_host().name, slot.fault.data());
    }
    return std::nullopt;
  }

  void let_go() {
    for (std::size_t i = 0; i < board_.size(); ++i) board_.slot(i).reported.store(true);
    if (!let_go_) let_go_ = now();
  }

  // ---- the chief

  /// @return whether it is over
  bool preside() {
    std::optional<std::string> reason = trouble();
    for (auto& member : members_) {
      for (const auto& line : member.channel.receive()) hear(member, line, reason);
      if (!member.channel.open() && member.host && !member.farewell && !reason)
        reason = fmt::format("host {} is lost", orders_.hosts[*member.host].name);
    }
    std::erase_if(members_, [](const Member& member) { return !member.channel.open(); });
    if (reason) {
      diagnose(*reason);
      return true;
    }
    if (!fault_) fault_ = fault();
    if (fault_ && !failing_) take_down(*fault_);
    return false;
  }

  void take_down(const std::string& reason) {
    failing_ = true;
    tell_members({{"do", "report"}, {"failing", true}});
    write_account(collect(reason));
    reports_.clear();
    tell_members({{"do", "let go"}});
    let_go();
  }

  void hear(Member& member, const std::string& line, std::optional<std::string>& reason) {
    const auto said = Json::parse(line, nullptr, false);
    if (!said.is_object()) return;
    if (!member.host) {
      const auto host = said.value("host", orders_.hosts.size());
      if (said.value("token", "") == orders_.token && host < orders_.hosts.size()) member.host = host;
      return;  // whoever does not know the token says nothing that counts
    }
    if (said.contains("farewell")) member.farewell = true;
    if (said.contains("alarm") && !reason) reason = said["alarm"].get<std::string>();
    if (said.contains("fault") && !fault_) fault_ = said["fault"].get<std::string>();
    if (said.contains("report")) reports_.emplace_back(*member.host, said["report"].get<std::string>());
  }

  void tell_members(const Json& words) {
    for (auto& member : members_)
      if (member.host) member.channel.send(words.dump());
  }

  void diagnose(const std::string& reason) {
    tell_members({{"do", "report"}});
    auto report = collect(reason);
    report.account = write_account(report);
    fmt::print(stderr, "{}", text_of(report));
    std::fflush(stderr);
    const auto code = static_cast<int>(code_of(report));
    tell_members({{"do", "end"}, {"code", code}});
    end_ranks(code);
  }

  HangReport collect(const std::string& reason) {
    HangReport report{reason, seconds(orders_.deadline), orders_.file, "", {}};
    for (const auto& host : orders_.hosts)
      report.hosts.push_back({host.name, host.site, host.ranks, false, {}, {}, ""});
    const auto end = now() + kReportPatience;
    report.hosts.front() = own_report();
    std::optional<std::string> ignored;
    for (auto waiting = awaited(); waiting > reports_.size() && now() < end; waiting = awaited()) {
      wait();
      for (auto& member : members_)
        for (const auto& line : member.channel.receive()) hear(member, line, ignored);
      std::erase_if(members_, [](const Member& member) { return !member.channel.open(); });
    }
    for (const auto& [host, line] : reports_) report.hosts[host] = host_report_of(line);
    return report;
  }

  std::size_t awaited() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(members_, [](const Member& member) { return member.host.has_value(); }));
  }

  std::string write_account(const HangReport& report) const {
    const auto file = orders_.file + ".hang.json";
    const auto text = json_of(report);
    try {
      write_durably(file, std::as_bytes(std::span(text)));
      return file;
    } catch (const Error& error) {
      fmt::print(stderr, "longhaul: {}\n", error.what());
      return "";
    }
  }

  // ---- the others

  bool serve() {
    const auto reason = trouble();
    if (!joined_) {
      if (fault()) let_go();
      if (reason) end_ranks(static_cast<int>(ExitCode::hung));
      return reason.has_value();
    }
    auto& chief = members_.front();
    if (reason && !alarmed_) {
      chief.channel.send(Json{{"alarm", *reason}}.dump());
      alarmed_ = now();
    }
    if (!fault_ && (fault_ = fault())) {
      failing_ = true;
      chief.channel.send(Json{{"fault", *fault_}}.dump());
    }
    for (const auto& line : chief.channel.receive()) {
      const auto said = Json::parse(line, nullptr, false);
      if (!said.is_object()) continue;
      const auto order = said.value("do", "");
      if (order == "report") failing_ = failing_ || said.contains("failing");
      if (order == "report") chief.channel.send(Json{{"report", line_of(own_report())}}.dump());
      if (order == "end") {
        end_ranks(said.value("code", static_cast<int>(ExitCode::hung)));
        return true;
      }
      if (order == "let go") let_go();
      if (order == "farewell") chief.farewell = true;
    }
    drop_probes();
    const bool unheard = alarmed_ && now() > *alarmed_ + kAlonePatience;
    if ((chief.channel.open() || chief.farewell) && !unheard) return false;
    fmt::print(stderr, "longhaul: host {} with rank 0 is lost, says the watcher of {}; finished visits are in {}\n",
               orders_.hosts.front().name, own_host().name, orders_.file);
    end_ranks(static_cast<int>(ExitCode::environment));
    return true;
  }

  /// Connections of other sites' link probes: answered by the kernel, of no further use.
  void drop_probes() {
    if (members_.size() > 1) members_.erase(members_.begin() + 1, members_.end());
  }

  // ---- both

  HostReport own_report() {
    HostReport report{own_host().name, own_host().site, own_host().ranks, true, {}, {}, ""};
    const auto end = now() + kStackPatience;
    for (std::size_t i = 0; i < board_.size(); ++i) give_order(board_.slot(i), Order::tell_stack);
    report.links = probe_links();
    if (orders_.ask_nccl) report.ras = ask_nccl_ras();
    for (std::size_t i = 0; i < board_.size(); ++i) {
      auto& slot = board_.slot(i);
      while (slot.stack_length.load(std::memory_order_acquire) == 0 && now() < end)
        std::this_thread::sleep_for(milliseconds(10));
      auto rank = look_at(slot, now().time_since_epoch());
      if (rank.state == Progress::ended) continue;
      rank.stack.assign(slot.stack.data(), slot.stack_length.load(std::memory_order_acquire));
      report.ranks.push_back(std::move(rank));
    }
    return report;
  }

  /// From the first host of this site to the first of each other.
  std::vector<LinkReport> probe_links() const {
    const auto first_of = [&](const std::string& site) {
      return std::ranges::find(orders_.hosts, site, &WatchOrders::Host::site);
    };
    std::vector<LinkReport> links;
    if (first_of(own_host().site)->name != own_host().name) return links;
    std::vector<std::thread> probes;
    for (auto host = orders_.hosts.begin(); host != orders_.hosts.end(); ++host)
      if (host->site != own_host().site && first_of(host->site) == host)
        links.push_back({own_host().site, host->site, -1});
    for (auto& link : links)
      probes.emplace_back(
          [&link, &addresses = first_of(link.to)->addresses] { link.rtt = time_to_connect(addresses, kLinkPatience); });
    for (auto& probe : probes) probe.join();
    return links;
  }

  void end_ranks(int code) {
    for (std::size_t i = 0; i < board_.size(); ++i) {
      board_.slot(i).code.store(code);
      give_order(board_.slot(i), Order::end);
    }
    const auto may_obey = [&](std::size_t i) {
      const auto state = process_state(board_.slot(i).pid.load());
      return state != "gone" && state != "stopped";
    };
    const auto end = now() + kLastBreath;
    for (std::size_t i = 0; i < board_.size(); ++i)
      while (may_obey(i) && now() < end) std::this_thread::sleep_for(milliseconds(10));
    std::this_thread::sleep_for(kAfterwards);
    for (std::size_t i = 0; i < board_.size(); ++i)
      if (const int pid = board_.slot(i).pid.load(); process_state(pid) != "gone") ::kill(pid, SIGKILL);
  }

  void say_farewell() {
    if (is_chief())
      tell_members({{"do", "farewell"}});
    else if (joined_)
      members_.front().channel.send(Json{{"farewell", true}}.dump());
  }

  const WatchOrders& orders_;
  HostBoard board_;
  Fd listener_, lifeline_;
  std::vector<Member> members_;  ///< the chief's: all others; another's: the chief first
  std::vector<std::pair<std::size_t, std::string>> reports_;
  std::chrono::nanoseconds held_up_{0};
  bool joined_ = false;
  std::optional<Time> alarmed_;
  std::optional<std::string> fault_;  ///< the first that was heard of
  std::optional<Time> let_go_;
  bool failing_ = false;  ///< a communicator has given up
};

}  // namespace

std::string line_of(const WatchOrders& orders) {
  Json hosts = Json::array();
  for (const auto& host : orders.hosts) {
    Json addresses = Json::array();
    for (const auto& address : host.addresses) addresses.push_back({address.host, address.port});
    hosts.push_back({{"name", host.name}, {"site", host.site}, {"ranks", host.ranks}, {"addresses", addresses}});
  }
  return Json{{"token", orders.token}, {"own", orders.own},
              {"hosts", hosts},        {"deadline_ns", orders.deadline.count()},
              {"file", orders.file},   {"ask_nccl", orders.ask_nccl}}
      .dump();
}

WatchOrders watch_orders_of(const std::string& line) {
  const auto json = Json::parse(line);
  WatchOrders orders{json.at("token"), json.at("own"),     {}, Duration(json.at("deadline_ns").get<std::int64_t>()),
                     json.at("file"),  json.at("ask_nccl")};
  for (const auto& each : json.at("hosts")) {
    WatchOrders::Host host{each.at("name"), each.at("site"), each.at("ranks"), {}};
    for (const auto& address : each.at("addresses")) host.addresses.push_back({address.at(0), address.at(1)});
    orders.hosts.push_back(std::move(host));
  }
  return orders;
}

void watch_host(const WatchOrders& orders, HostBoard board, Fd listener, Fd lifeline) {
  Watcher(orders, std::move(board), std::move(listener), std::move(lifeline)).run();
}

}  // namespace longhaul
