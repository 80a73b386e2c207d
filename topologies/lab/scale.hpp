#pragma once
#include <string>

#include "topologies/model.hpp"

namespace longhaul {

/// How a topology's rates are shrunk to what one machine carries. Delays are never scaled.
struct Scale {
  int divisor = 1;        ///< every rate is divided by this: 1:N
  bool uncapped = false;  ///< no rate is limited at all
  bool operator==(const Scale&) const = default;
};

/// "auto": the smallest N of 1, 2, 5, 10, 20, 50, … that brings every link (its members together) and every host's NIC
/// to at most 4 Gbit/s, which one core imposes with room to spare (it carries 5 to 8). A bound lower than needed would
/// only make every measurement of large messages slower. "1:N": that N. "uncapped": no limits.
/// @throws UsageError for anything else
Scale choose_scale(const std::string& text, const Topology& topology);

/// As printed everywhere: "1:500", "1:1", "uncapped".
std::string format_scale(const Scale& scale);

/// A rate in the lab; 0 (without limit) where the lab is uncapped or the topology gives none.
BytesPerSecond scaled(BytesPerSecond rate, const Scale& scale);

}  // namespace longhaul
