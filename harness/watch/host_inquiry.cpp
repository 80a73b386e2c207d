#include "harness/watch/host_inquiry.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "harness/watch/nccl_ras.hpp"
#include "harness/watch/rank_state.hpp"

namespace longhaul {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStackPatience{600};
constexpr milliseconds kLinkPatience{1500};

std::vector<RankReport> ask_ranks(HostBoard& board) {
  const auto end = std::chrono::steady_clock::now() + kStackPatience;
  std::vector<std::uint32_t> orders;
  for (std::size_t i = 0; i < board.size(); ++i) orders.push_back(give_order(board.slot(i), Order::tell_stack));
  std::vector<RankReport> ranks;
  for (std::size_t i = 0; i < board.size(); ++i) {
    auto& slot = board.slot(i);
    const auto has_answered = [&] { return slot.stack_order.load(std::memory_order_acquire) == orders[i]; };
    while (!has_answered() && can_answer(slot) && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(milliseconds(10));
    auto rank = look_at(slot, std::chrono::steady_clock::now().time_since_epoch());
    if (rank.state == Progress::ended) continue;
    if (has_answered()) rank.stack.assign(slot.stack.data(), slot.stack_length.load());
    ranks.push_back(std::move(rank));
  }
  return ranks;
}

/// From the first host of this site to the first of each other.
std::vector<LinkReport> probe_links(const WatchOrders& orders) {
  const auto& own = orders.hosts[orders.own];
  const auto first_of = [&](const std::string& site) {
    return std::ranges::find(orders.hosts, site, &WatchOrders::Host::site);
  };
  std::vector<LinkReport> links;
  if (first_of(own.site)->name != own.name) return links;
  for (auto host = orders.hosts.begin(); host != orders.hosts.end(); ++host)
    if (host->site != own.site && first_of(host->site) == host) links.push_back({own.site, host->site, -1});
  std::vector<std::thread> probes;
  for (auto& link : links)
    probes.emplace_back(
        [&link, &addresses = first_of(link.to)->addresses] { link.rtt = time_to_connect(addresses, kLinkPatience); });
  for (auto& probe : probes) probe.join();
  return links;
}

}  // namespace

HostReport inquire(const WatchOrders& orders, HostBoard& board) {
  const auto& own = orders.hosts[orders.own];
  auto links = std::async(std::launch::async, [&] { return probe_links(orders); });
  auto ras = std::async(std::launch::async, [&] { return orders.ask_nccl ? ask_nccl_ras() : std::string{}; });
  HostReport report{own.name, own.site, own.ranks, true, ask_ranks(board), {}, ""};
  report.links = links.get();
  report.ras = ras.get();
  return report;
}

}  // namespace longhaul
