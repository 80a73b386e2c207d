#include "kernels/parallel.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace longhaul {
namespace {

/// Below this a thread's start costs more than it saves.
constexpr std::size_t worth_a_thread = std::size_t{2} << 20;
constexpr std::size_t grain = 4096;

}  // namespace

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1U, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

void in_parallel(std::size_t count, std::size_t element_size,
                 const std::function<void(std::size_t begin, std::size_t end)>& work) {
  const std::size_t threads = std::min<std::size_t>(usable_cores(), count * element_size / worth_a_thread);
  if (threads < 2) {
    work(0, count);
    return;
  }
  const std::size_t each = (count / threads + grain) / grain * grain;
  std::vector<std::jthread> others;
  for (std::size_t begin = each; begin < count; begin += each)
    others.emplace_back([&work, begin, end = std::min(begin + each, count)] { work(begin, end); });
  work(0, std::min(each, count));
}

}  // namespace longhaul
