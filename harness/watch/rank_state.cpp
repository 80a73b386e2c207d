#include "harness/watch/rank_state.hpp"

#include <fmt/format.h>

#include <fstream>

#include "harness/watch/phase.hpp"
#include "harness/watch/watchdog.hpp"

namespace longhaul {

std::string state_of_stat(const std::string& stat) {
  // "pid (name) S …", and the name may hold anything, brackets too.
  const auto bracket = stat.rfind(')');
  if (bracket == std::string::npos || bracket + 2 >= stat.size()) return "gone";
  switch (stat[bracket + 2]) {
    case 'R': return "running";
    case 'T':
    case 't': return "stopped";
    case 'D': return "waiting for a device";
    case 'Z':
    case 'X': return "gone";
    default: return "sleeping";
  }
}

std::string process_state(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  return state_of_stat(text);
}

bool can_answer(const BoardSlot& slot) {
  const auto state = process_state(slot.pid.load());
  return state != "gone" && state != "stopped";
}

RankReport look_at(const BoardSlot& slot, Duration now) {
  const auto& progress = slot.progress;
  RankReport report;
  report.rank = slot.rank.load();
  report.pid = slot.pid.load();
  report.state = progress.state.load(std::memory_order_acquire);
  report.sequence = progress.sequence.load();
  if (report.sequence > 0) report.where = place_of(progress);
  report.phase = name_of(static_cast<Phase>(progress.phase.load()));
  report.since = seconds(now - Duration(progress.since_ns.load()));
  report.process = process_state(report.pid);
  report.device = slot.device.data();
  if (slot.failed.load(std::memory_order_acquire)) report.fault = slot.fault.data();
  return report;
}

}  // namespace longhaul
