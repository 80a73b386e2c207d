#include <unistd.h>

#include <csignal>
#include <iostream>

#include "harness/cli/commands.hpp"
#include "harness/watch/watcher.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr int kBoardFd = 3, kListenerFd = 4;

/// Signals that ask the ranks to end reach their watcher too; it ends when they have.
void outlive_the_ranks() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE}) std::signal(signal, SIG_IGN);
}

int watch() {
  outlive_the_ranks();
  std::string line;
  if (!std::getline(std::cin, line)) throw UsageError("watch-host is started by longhaul run, for each of its hosts");
  const auto orders = watch_orders_of(line);
  watch_host(orders, HostBoard::adopt(Fd(kBoardFd), orders.hosts.at(orders.own).ranks.size()), Fd(kListenerFd),
             Fd(STDIN_FILENO));
  return 0;
}

}  // namespace

void add_watch_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("watch-host", "Watch the ranks of a host; started by run")->group("");
  verb->callback([&action] { action = watch; });
}

}  // namespace longhaul
