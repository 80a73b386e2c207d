#pragma once
#include <set>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// What the launches and visits of a point say of it, beyond its own axes.
struct Circumstances {
  std::set<std::string> sites;       ///< how many its launches had: "1"
  std::set<std::string> transports;  ///< of its visits, one by one: "NET/IB/GDRDMA", "P2P/CUMEM"; "unknown"
  std::set<std::string> nics;        ///< "mlx5_0:1", "none"; "unknown"
};

/// Of each point, in order of Results::points.
std::vector<Circumstances> circumstances_of(const Results& results);

}  // namespace longhaul
