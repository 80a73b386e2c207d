#include "harness/watch/rank_end.hpp"

#include <signal.h>

#include <chrono>
#include <thread>

#include "harness/watch/rank_state.hpp"

namespace longhaul {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLastBreath{3000};  ///< for ranks that can obey
constexpr milliseconds kAfterwards{300};   ///< so that the launcher has seen their exit code before a kill

}  // namespace

void end_ranks(HostBoard& board, int code) {
  for (std::size_t i = 0; i < board.size(); ++i) {
    board.slot(i).code.store(code);
    give_order(board.slot(i), Order::end);
  }
  const auto end = std::chrono::steady_clock::now() + kLastBreath;
  for (std::size_t i = 0; i < board.size(); ++i)
    while (can_answer(board.slot(i)) && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(milliseconds(10));
  std::this_thread::sleep_for(kAfterwards);
  for (std::size_t i = 0; i < board.size(); ++i)
    if (const int pid = board.slot(i).pid.load(); process_state(pid) != "gone") ::kill(pid, SIGKILL);
}

}  // namespace longhaul
