#include "topologies/lab/now.hpp"

#include <ctime>

namespace longhaul {

wan::Time now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace longhaul
