#pragma once
#include <cstddef>
#include <vector>

#include "results/pair_matrix.hpp"

namespace longhaul {

/// How much longer a host's exchanges take at their least than those of the other hosts of its site, as logs, a value a
/// visit.
///
/// Host h is held against a mate m of its site by what both do with the same third host k: log t(h,k) − log t(m,k), in
/// which site, distance and partner cancel; the median over k, then over m. So a slow partner or one bad pair moves no
/// one else's, as long as they are fewer than half. With one mate only, the slower of the two is the one that stands
/// out. The least of a visit's passes is taken: what else runs on a host makes exchanges longer, never shorter.
struct HostEffect {
  std::size_t host = 0;  ///< index into PairMatrix::hosts
  std::vector<double> by_visit;
};

/// Of every host that has a mate in its site with which it shares a partner.
std::vector<HostEffect> host_effects(const PairMatrix& matrix);

/// A host or pair whose excess is beyond chance, beyond what others scatter by, and large enough to matter.
struct Excess {
  std::size_t a = 0, b = 0;  ///< a host (b = a), or a pair
  double share = 0;          ///< how much longer: 0.25
};

/// Hosts that are slower than their mates by more than a bound: at 99 % confidence over visits (shared by the number of
/// hosts, which also share what they know of the scatter), and by four robust standard deviations of all hosts.
std::vector<Excess> slow_hosts(const PairMatrix& matrix);

/// Pairs that take longer than others between the same two sites, with what their hosts do taken off. Only where three
/// pairs or more join those sites.
/// @param hosts  those found slow
std::vector<Excess> slow_pairs(const PairMatrix& matrix, const std::vector<Excess>& hosts);

}  // namespace longhaul
