#include "topologies/lab/core.hpp"

#include <fmt/format.h>

namespace longhaul {

Core::Core() { ::sched_getaffinity(0, sizeof anywhere_, &anywhere_); }

void Core::stay() {
  if (staying_) return;
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(::sched_getcpu(), &here);
  staying_ = ::sched_setaffinity(0, sizeof here, &here) == 0;
}

void Core::leave() {
  if (!staying_) return;
  ::sched_setaffinity(0, sizeof anywhere_, &anywhere_);
  staying_ = false;
}

std::string core_mask(int cores) {
  constexpr int kWord = 32;
  std::string mask;
  for (int word = (cores - 1) / kWord; word >= 0; --word) {
    const int bits = cores - word * kWord;
    mask += fmt::format("{:x}", bits >= kWord ? 0xffffffffU : (1U << bits) - 1);
    if (word > 0) mask += ',';
  }
  return mask;
}

}  // namespace longhaul
