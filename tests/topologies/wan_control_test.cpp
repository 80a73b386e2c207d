#include "topologies/wan_control.hpp"

#include <gmock/gmock.h>

#include "tests/topologies/raises.hpp"
#include "topologies/load.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

TEST(WanAbility, RefusesEachQuantityThatAnEngineCannotImpose) {
  const auto topology = load_topology("two-campus-metro");
  const auto refusal = [&](const char* id, const WanAbility& ability) {
    return usage_error_of([&] { require_ability("some", ability, resolve_wan(id, topology), topology); });
  };
  EXPECT_THAT(refusal("+10ms", {.rate = true}), HasSubstr("changes round trip"));
  EXPECT_THAT(refusal("native:rate=1Gbit/s", {.rtt = true}), HasSubstr("changes rate"));
  EXPECT_THAT(refusal("native:jitter=1ms", {.rtt = true}), HasSubstr("changes jitter"));
  EXPECT_THAT(refusal("native:loss=1%", {.rtt = true}), HasSubstr("changes loss"));
  EXPECT_THAT(refusal("native:queue=1MiB", {.rtt = true, .rate = true}), HasSubstr("changes queue"));
  EXPECT_THAT(refusal("native:queue=5ms", {.rtt = true, .rate = true}), HasSubstr("engine 'some' cannot"));
  EXPECT_NO_THROW(require_ability("some", {.queue = true}, resolve_wan("native:queue=5ms", topology), topology));
  EXPECT_NO_THROW(require_ability("some", {}, resolve_wan("native", topology), topology));
}

}  // namespace
}  // namespace longhaul
