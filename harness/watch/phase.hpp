#pragma once
#include <string_view>

#include "collectives/progress.hpp"

namespace longhaul {

/// What a rank does, beside being in a collective.
enum class Phase : std::uint32_t {
  set_up,
  preflight,
  clocks,
  next_visit,
  wan,
  rtt,
  warm_up,
  sampling,
  verification,
  storing
};

/// "waiting for the next visit"
std::string_view name_of(Phase phase);

/// Says so in `progress`: a change, as entering a collective is.
void enter(Progress& progress, Phase phase);

}  // namespace longhaul
