// Preloaded into tests in which nothing is timed: who gives up the processor rests for a while, too. Ranks that wait
// for others give it up over and over, and would otherwise keep it busy all the time that the tests beside them could
// use.
#include <sched.h>
#include <ctime>

extern "C" int sched_yield() noexcept {
  constexpr timespec kRest{0, 200'000};
  nanosleep(&kRest, nullptr);
  return 0;
}
