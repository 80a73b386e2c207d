#include "harness/watch/watcher.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <thread>

#include "harness/watch/hang_report.hpp"
#include "harness/watch/hold_ups.hpp"
#include "harness/watch/host_inquiry.hpp"
#include "harness/watch/last_words.hpp"
#include "harness/watch/rank_end.hpp"
#include "harness/watch/rank_state.hpp"
#include "harness/watch/side_channel.hpp"
#include "topologies/durable_file.hpp"

namespace longhaul {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{200};
constexpr milliseconds kConnectPatience{5000};
constexpr milliseconds kGreetingPatience{5000};  ///< for a stranger to show the token
constexpr milliseconds kReportPatience{4000};    ///< for all hosts together
constexpr milliseconds kUnheard{2000};           ///< from an alarm until a chief that orders nothing is taken for lost
constexpr milliseconds kJoinPatience{700};       ///< for the hosts that may stand in for it
constexpr milliseconds kStandInPatience{3000};   ///< for all hosts that come to the one that does
constexpr milliseconds kOrdersPatience{6000};    ///< from an order to report until the next
constexpr milliseconds kOwnEnd{9000};    ///< for ranks whose communicator has given up, until all is written down
constexpr milliseconds kLastWords{700};  ///< from then until they have said so; who is left is ended
/// A look that comes so late means that this machine was held up, not that ranks were.
constexpr milliseconds kHeldUp{2000};

Time now() { return std::chrono::steady_clock::now(); }

class Watcher {
 public:
  Watcher(const WatchOrders& orders, HostBoard board, Fd listener, Fd lifeline)
      : orders_(orders),
        board_(std::move(board)),
        listener_(std::move(listener)),
        lifeline_(std::move(lifeline)),
        presides_(orders.own == 0) {}

  void run() {
    if (!presides_) follow(connect_to(orders_.hosts.front().addresses, kConnectPatience));
    while (!ended()) {
      const auto due = now() + kLookAgain;
      wait();
      if (now() > due + kHeldUp) hold_up(due, now());
      if (presides_ ? preside() : serve()) return;
      if (let_go_ && now() > *let_go_ + kLastWords) return end_ranks(board_, static_cast<int>(ExitCode::hung));
    }
    say_farewell();
  }

 private:
  struct Member {
    LineChannel channel;
    Time since;
    std::optional<std::size_t> host;  ///< once it has shown the token
    bool farewell = false, refused = false;
  };

  const WatchOrders::Host& own_host() const { return orders_.hosts[orders_.own]; }
  const std::string& first_host() const { return orders_.hosts.front().name; }

  /// All ranks of this host have ended in good order.
  bool ended() {
    for (std::size_t i = 0; i < board_.size(); ++i)
      if (board_.slot(i).progress.state.load() != Progress::ended) return false;
    return true;
  }

  void wait() {
    std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
    if (chief_ && chief_->open()) polled.push_back({chief_->fd(), POLLIN, 0});
    for (const auto& member : members_) polled.push_back({member.channel.fd(), POLLIN, 0});
    ::poll(polled.data(), polled.size(), static_cast<int>(kLookAgain.count()));
    while (auto channel = accept_from(listener_)) {
      channel->limit(kLongestGreeting);
      members_.push_back({std::move(*channel), now(), std::nullopt});
    }
  }

  void hold_up(Time begin, Time end) {
    hold_ups_.add(begin, end);
    if (orders_due_) *orders_due_ += end - begin;
  }

  // ---- what this host sees

  /// What is wrong with a rank of this host, if something is.
  std::optional<std::string> trouble() {
    const auto time = now();
    for (std::size_t i = 0; i < board_.size(); ++i) {
      const auto seen = look_at(board_.slot(i), time.time_since_epoch());
      if (seen.state == Progress::ended) continue;
      const auto where = host_and_device(own_host().name, seen.device);
      if (seen.process == "gone") return fmt::format("rank {} ({}) is gone", seen.rank, where);
      const auto waiting = from_seconds(seen.since);
      if (waiting - hold_ups_.after(time - waiting) > orders_.deadline + (failing_ ? kOwnEnd : milliseconds(0)))
        return fmt::format("rank {} ({}) has not moved for {}", seen.rank, where, format_duration(waiting));
    }
    return std::nullopt;
  }

  /// What the communicator of a rank of this host says that has given up. Such a rank ends by itself, once everything
  /// that was seen has been taken down.
  std::optional<std::string> fault() {
    for (std::size_t i = 0; i < board_.size(); ++i) {
      const auto& slot = board_.slot(i);
      if (slot.failed.load(std::memory_order_acquire) && !slot.reported.load())
        return fmt::format("rank {} ({}): {}", slot.rank.load(), host_and_device(own_host().name, slot.device.data()),
                           slot.fault.data());
    }
    return std::nullopt;
  }

  bool nobody_is_left() {
    for (std::size_t i = 0; i < board_.size(); ++i)
      if (process_state(board_.slot(i).pid.load()) != "gone") return false;
    return true;
  }

  void let_go() {
    for (std::size_t i = 0; i < board_.size(); ++i) board_.slot(i).reported.store(true);
    if (!let_go_) let_go_ = now();
  }

  // ---- those who follow this host

  /// @return the first host that is gone without a farewell
  std::optional<std::string> hear_members() {
    for (auto& member : members_)
      for (const auto& line : member.channel.receive()) member.host ? hear(member, line) : admit(member, line);
    std::optional<std::string> lost;
    for (const auto& member : members_)
      if (member.host && !member.channel.open() && !member.farewell && !lost)
        lost = fmt::format("host {} is lost", orders_.hosts[*member.host].name);
    std::erase_if(members_, [](const Member& member) {
      return !member.channel.open() || member.refused || (!member.host && now() > member.since + kGreetingPatience);
    });
    return lost;
  }

  void admit(Member& member, const std::string& line) {
    if (member.refused) return;
    member.host = host_of_greeting(line, orders_.token, orders_.hosts.size());
    member.refused = !member.host;
    member.channel.limit(LineChannel::kLongestLine);
    if (member.host && asking_) member.channel.send(*asking_);
  }

  void hear(Member& member, const std::string& line) {
    const auto said = heard_in(line);
    member.farewell |= said.farewell;
    if (said.alarm && !reason_) reason_ = said.alarm;
    if (said.fault && !fault_) fault_ = said.fault;
    if (!said.report) return;
    if (auto report = host_report_of(*said.report)) reports_[*member.host] = std::move(*report);
  }

  void tell_members(const std::string& words) {
    for (auto& member : members_)
      if (member.host) member.channel.send(words);
  }

  // ---- the chief, or who stands in for it

  /// @return whether it is over
  bool preside() {
    const auto lost = hear_members();
    if (!reason_) reason_ = trouble();
    if (!reason_) reason_ = lost;
    if (reason_) {
      diagnose(*reason_);
      return true;
    }
    if (!fault_) fault_ = fault();
    if (fault_ && !taken_down_) take_down(*fault_);
    return false;
  }

  void take_down(const std::string& reason) {
    failing_ = taken_down_ = true;
    write_account(collect(reason));
    reports_.clear();
    reason_.reset();  // what was heard meanwhile is in the account
    tell_members(let_go_order());
    let_go();
  }

  void diagnose(const std::string& reason) {
    auto report = collect(reason);
    report.account = write_account(report);
    fmt::print(stderr, "{}", text_of(report));
    std::fflush(stderr);
    const auto code = static_cast<int>(code_of(report));
    tell_members(end_order(code));
    end_ranks(board_, code);
  }

  HangReport collect(const std::string& reason) {
    asking_ = report_order(failing_);
    tell_members(*asking_);
    const auto end = now() + (stands_in() ? kStandInPatience : kReportPatience);
    HangReport report{reason, seconds(orders_.deadline), orders_.file, "", {}};
    for (const auto& host : orders_.hosts)
      report.hosts.push_back({host.name, host.site, host.ranks, false, {}, {}, ""});
    report.hosts[orders_.own] = inquire(orders_, board_);
    for (hear_members(); awaits_reports() && now() < end; hear_members()) wait();
    for (const auto& [host, seen] : reports_) report.hosts[host] = seen;
    asking_.reset();
    return report;
  }

  bool stands_in() const { return orders_.own != 0; }

  /// Who stands in does not know who will come to it: any but itself and the chief.
  bool awaits_reports() const {
    if (stands_in() && reports_.size() + 2 < orders_.hosts.size()) return true;
    return std::ranges::any_of(members_, [&](const Member& member) {
      return member.host && member.channel.open() && !reports_.contains(*member.host);
    });
  }

  std::string write_account(const HangReport& report) const {
    auto file = stands_in() ? stand_ins_account(orders_.account, own_host().name) : orders_.account;
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
    hear_members();  // who has lost the chief comes to the first host that answers, which may be this one
    tell_chief();
    if (chief_)
      for (const auto& line : chief_->receive())
        if (obey(heard_in(line))) return true;
    const bool gone = chief_ && !chief_->open() && !chief_farewell_;
    const bool silent = orders_due_ && (now() > *orders_due_ || !chief_ || !chief_->open());
    return (gone || silent) && !let_go_ && replace_chief();
  }

  /// What is wrong here, or with who follows this host.
  void tell_chief() {
    if (!alarm_ && (alarm_ = reason_ ? reason_ : trouble())) {
      if (chief_) chief_->send(alarm_line(*alarm_));
      await_orders(kUnheard);
    }
    if (!fault_) fault_ = fault();
    if (fault_ && !failing_) {
      failing_ = true;
      if (chief_) chief_->send(fault_line(*fault_));
      await_orders(kUnheard);
    }
  }

  void await_orders(milliseconds patience) {
    if (!orders_due_) orders_due_ = now() + patience;
  }

  /// @return whether it is over
  bool obey(const Heard& said) {
    chief_farewell_ |= said.farewell;
    if (said.order == "report") {
      failing_ |= said.failing;
      chief_->send(report_line(line_of(inquire(orders_, board_))));
      orders_due_ = now() + kOrdersPatience;
    } else if (said.order == "let go") {
      orders_due_.reset();
      tell_members(let_go_order());
      let_go();
    } else if (said.order == "end") {
      tell_members(end_order(said.code));
      end_ranks(board_, said.code);
      return true;
    }
    return false;
  }

  /// Follows the first host after the chief's that answers; presides where that is this one.
  /// @return whether it is over: who stood in for the chief is lost as well, or there is nobody here to speak of
  bool replace_chief() {
    chief_.reset();
    if (nobody_is_left()) return true;
    if (followed_stand_in_) {
      fmt::print(stderr, "longhaul: host {} with rank 0 is lost, and who stood in for it, says the watcher of {}\n",
                 first_host(), own_host().name);
      end_ranks(board_, static_cast<int>(ExitCode::environment));
      return true;
    }
    followed_stand_in_ = true;
    follow(first_to_stand_in());
    presides_ = !chief_;
    if (presides_ && !failing_) reason_ = fmt::format("host {} with rank 0 is lost", first_host());
    if (!presides_ && failing_ && fault_) chief_->send(fault_line(*fault_));
    if (!presides_ && !failing_ && alarm_) chief_->send(alarm_line(*alarm_));
    orders_due_ = now() + kOrdersPatience;
    return false;
  }

  void follow(std::optional<LineChannel> channel) {
    if (!channel) return;  // it is watched all the same, and the chief says that this host does not answer
    chief_ = std::move(channel);
    chief_farewell_ = false;
    chief_->send(greeting(orders_.token, orders_.own));
  }

  /// Of the hosts between the chief's and this one; none where none of them answers.
  std::optional<LineChannel> first_to_stand_in() const {
    std::vector<std::optional<LineChannel>> answers(orders_.own - 1);
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < answers.size(); ++i)
      callers.emplace_back([&, i] { answers[i] = connect_to(orders_.hosts[i + 1].addresses, kJoinPatience); });
    for (auto& caller : callers) caller.join();
    for (auto& answer : answers)
      if (answer) return std::move(answer);
    return std::nullopt;
  }

  void say_farewell() {
    tell_members(farewell_line());
    if (chief_) chief_->send(farewell_line());
  }

  const WatchOrders& orders_;
  HostBoard board_;
  Fd listener_, lifeline_;
  bool presides_;
  std::vector<Member> members_;  ///< those who follow this host; strangers, for a while
  std::map<std::size_t, HostReport> reports_;
  std::optional<std::string> asking_;  ///< the order to report, while reports are awaited
  HoldUps hold_ups_;                   ///< of this watcher
  std::optional<LineChannel> chief_;   ///< not of who presides
  bool chief_farewell_ = false, followed_stand_in_ = false;
  std::optional<Time> orders_due_;     ///< who presides has to have said something by then
  std::optional<std::string> alarm_;   ///< of this host
  std::optional<std::string> reason_;  ///< why who presides ends it
  std::optional<std::string> fault_;   ///< the first that was heard of
  std::optional<Time> let_go_;
  bool failing_ = false;     ///< a communicator has given up
  bool taken_down_ = false;  ///< … and what was seen is written down
};

}  // namespace

void watch_host(const WatchOrders& orders, HostBoard board, Fd listener, Fd lifeline) {
  Watcher(orders, std::move(board), std::move(listener), std::move(lifeline)).run();
}

}  // namespace longhaul
