#include "harness/watch/host_watch.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "harness/watch/last_words.hpp"
#include "harness/watch/phase.hpp"
#include "harness/watch/stack.hpp"
#include "harness/watch/watch_orders.hpp"
#include "topologies/error.hpp"
#include "topologies/text.hpp"
#include "topologies/utf8.hpp"

namespace longhaul {
namespace {

constexpr auto kFarewell = std::chrono::milliseconds(2000);
/// Longer than the watchers give each other, another chief included.
constexpr auto kReport = std::chrono::milliseconds(6500);
constexpr int kBoardFd = 3, kListenerFd = 4;  // of the watcher

std::string random_token() {
  std::random_device random;
  std::string token;
  for (int i = 0; i < 8; ++i) token += fmt::format("{:08x}", random());
  return token;
}

/// Ranks by host, hosts in order of their first rank.
std::vector<WatchOrders::Host> hosts_of(const World& world, const WatchTerms& terms) {
  std::vector<WatchOrders::Host> hosts;
  for (int rank = 0; rank < world.size(); ++rank) {
    auto host = std::ranges::find(hosts, world.host(rank), &WatchOrders::Host::name);
    if (host == hosts.end())
      host = hosts.insert(host, {world.host(rank), terms.site_of_rank[static_cast<std::size_t>(rank)], {}, {}});
    host->ranks.push_back(rank);
  }
  return hosts;
}

/// A pipe that the watcher reads its orders from; it closes with this process.
struct Watching {
  pid_t pid = -1;
  Fd lifeline;
};

Watching start_watcher(const std::vector<std::string>& command, const HostBoard& board, const Listener& listener,
                       const WatchOrders& orders) {
  Pipe pipe;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);  // stdout is the results'
  // Aside first: either may lie where the other has to go.
  posix_spawn_file_actions_adddup2(&actions, board.fd(), 100);
  posix_spawn_file_actions_adddup2(&actions, listener.socket.get(), 101);
  posix_spawn_file_actions_adddup2(&actions, 100, kBoardFd);
  posix_spawn_file_actions_adddup2(&actions, 101, kListenerFd);
  posix_spawn_file_actions_addclosefrom_np(&actions, kListenerFd + 1);  // MPI's sockets must close with the rank
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  Watching watching;
  const int fault = ::posix_spawn(&watching.pid, words.front(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (fault != 0) throw EnvironmentError("cannot start the watcher {}: {}", command.front(), std::strerror(fault));
  write_all(pipe.write.get(), line_of(orders) + "\n");
  watching.lifeline = std::move(pipe.write);
  return watching;
}

/// Zero-terminated.
template <std::size_t size>
void put(std::array<char, size>& field, const std::string& text) {
  field.fill('\0');
  std::ranges::copy(first_bytes(text, size - 1), field.begin());
}

/// Those of an earlier run.
void remove_accounts(const std::filesystem::path& account, const std::string& host) {
  std::error_code none;
  std::filesystem::remove(account, none);
  std::filesystem::remove(stand_ins_account(account.string(), host), none);
}

}  // namespace

HostWatch::HostWatch(World& world, const WatchTerms& terms) : main_thread_(::pthread_self()) {
  if (world.size() == 1) {
    alone_ = std::make_unique<BoardSlot>();
    slot_ = alone_.get();
    watch_alone(world.host(0), terms);
    return;
  }
  const auto local = world.local();
  const auto name = world.broadcast("/longhaul-" + random_token().substr(0, 16));
  auto hosts = hosts_of(world, terms);
  const auto own = static_cast<std::size_t>(
      std::ranges::find(hosts, world.host(world.rank()), &WatchOrders::Host::name) - hosts.begin());
  const auto board_name = fmt::format("{}-{}", name, own);
  if (local.rank == 0) board_.emplace(HostBoard::create(board_name, static_cast<std::size_t>(local.size)));
  world.barrier();
  if (local.rank != 0) board_.emplace(HostBoard::open(board_name, static_cast<std::size_t>(local.size)));
  world.barrier();
  if (local.rank == 0) HostBoard::remove_name(board_name);

  slot_ = &board_->slot(static_cast<std::size_t>(local.rank));
  slot_->rank.store(world.rank());
  slot_->pid.store(::getpid());
  enter(slot_->progress, Phase::set_up);

  const auto token = world.broadcast(random_token());
  std::optional<Listener> listener;
  if (local.rank == 0) listener = listen_anywhere();
  const auto texts = world.gather(listener ? addresses_text(listener->port) : std::string{});
  for (auto& host : hosts) {
    const auto first = static_cast<std::size_t>(host.ranks.front());
    host.addresses = addresses_of(world.broadcast(texts.empty() ? std::string{} : texts[first]));
  }
  if (local.rank == 0) {
    remove_accounts(terms.account, hosts[own].name);
    auto watching =
        start_watcher(terms.watcher, *board_, *listener,
                      {token, own, hosts, terms.deadline, terms.file.string(), terms.account.string(), terms.ask_nccl});
    watcher_ = watching.pid;
    lifeline_ = std::move(watching.lifeline);
  }
  prepare_stacks();
  orders_ = std::thread([this] { obey(); });
}

void HostWatch::watch_alone(const std::string& host, const WatchTerms& terms) {
  enter(slot_->progress, Phase::set_up);
  const auto tell = [this, host, terms](const std::string& where) {
    fmt::print(stderr, "longhaul: rank 0 ({}) is stuck: {}; the deadline is {}.{}\n",
               host_and_device(host, slot_->device.data()), where, format_duration(terms.deadline),
               terms.file.empty() ? "" : fmt::format(" Finished visits are in {}", terms.file.string()));
    std::fflush(stderr);
    std::_Exit(static_cast<int>(ExitCode::hung));
  };
  own_watchdog_ = std::make_unique<Watchdog>(slot_->progress, terms.deadline, tell, Watched::everything);
}

HostWatch::~HostWatch() {
  slot_->progress.state.store(Progress::ended);
  if (alone_) return;
  slot_->code.store(-1);
  give_order(*slot_, Order::end);  // to the own thread: nothing more to obey
  orders_.join();
  if (watcher_ < 0) return;
  const auto end = std::chrono::steady_clock::now() + kFarewell;
  while (::waitpid(watcher_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      ::kill(watcher_, SIGKILL);
      ::waitpid(watcher_, nullptr, 0);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void HostWatch::own_device(const std::string& place) { put(slot_->device, place); }

void HostWatch::post_fault(const std::string& what) {
  put(slot_->fault, what);
  slot_->failed.store(true, std::memory_order_release);
}

bool HostWatch::await_account() {
  if (alone_) return false;
  const auto end = std::chrono::steady_clock::now() + kReport;
  while (!slot_->reported.load() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return slot_->reported.load();
}

void HostWatch::obey() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  for (auto order = wait_for_order(*slot_, 0);; order = wait_for_order(*slot_, order)) {
    if (order_of(order) == Order::tell_stack) {
      const auto stack = stack_of(main_thread_);
      const auto kept = first_bytes(stack, slot_->stack.size());
      std::ranges::copy(kept, slot_->stack.begin());
      slot_->stack_length.store(static_cast<std::uint32_t>(kept.size()));
      slot_->stack_order.store(order, std::memory_order_release);
      continue;
    }
    if (const int code = slot_->code.load(); code >= 0) std::_Exit(code);
    return;
  }
}

}  // namespace longhaul
