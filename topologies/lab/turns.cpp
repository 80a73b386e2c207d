#include "topologies/lab/turns.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace longhaul {

std::vector<int> host_cores(std::span<const int> cores, std::size_t host, std::size_t hosts) {
  const auto shared = cores.size() > hosts ? cores.first(cores.size() - 1) : cores;
  const auto begin = host * shared.size() / hosts;
  const auto end = std::max(begin + 1, (host + 1) * shared.size() / hosts);
  const auto own = shared.subspan(begin, end - begin);
  return {own.begin(), own.end()};
}

std::vector<int> emulator_cores(std::span<const int> cores) { return {cores.back()}; }

std::vector<int> allowed_cores(pid_t process) {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (::sched_getaffinity(process, sizeof set, &set) == 0)
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) cores.push_back(core);
  if (cores.empty()) cores.push_back(0);  // more than CPU_SETSIZE cores: nothing that a lab would run on
  return cores;
}

void keep_to(std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  ::sched_setaffinity(0, sizeof set, &set);  // a core that went offline meanwhile: the kernel's choice will do
}

void take_short_turns() {
  struct {  // struct sched_attr, which the C library of Debian 12 lacks and the kernel's header cannot share with
            // <sched.h>
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
  } const attributes{48, SCHED_OTHER, 0, ::getpriority(PRIO_PROCESS, 0), 0, 100'000, 0, 0};
  static_assert(sizeof attributes == 48);
  ::syscall(SYS_sched_setattr, 0, &attributes, 0U);  // refused or ignored by kernels that cannot
}

}  // namespace longhaul
