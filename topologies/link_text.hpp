#pragma once
#include <string>

#include "topologies/model.hpp"

namespace longhaul {

/// "80 km SMF", "80 km hollow core", "14 ms RTT".
std::string road_text(const Link& link);

/// "16 × 400 Gbit/s".
std::string members_text(const Members& members);

/// "jitter 10 µs, loss 0.1 %", or nothing for a clean link.
std::string impairment_text(const Link& link);

/// How a link is drawn, so that a hollow fibre looks hollow and a mere RTT less solid than a known road.
struct LinkStroke {
  const char* line;
  const char* crossing;  ///< of another site's vertical line
  const char* left_end;  ///< out of a box at its left
  const char* right_end;
};
LinkStroke stroke(const Link& link);

}  // namespace longhaul
