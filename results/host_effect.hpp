#pragma once
#include <cstddef>
#include <vector>

#include "results/pair_matrix.hpp"

namespace longhaul {

/// How much longer a host's or a pair's exchanges take than those of its like, as logs: over all visits, and over every
/// other one. The least of all passes is taken: what else runs on a host makes an exchange longer, never shorter.
struct Effect {
  std::size_t a = 0, b = 0;  ///< rows of PairMatrix; a host: b = a
  double all = 0, even = 0, odd = 0;
};

/// Host h is held against a mate m of its site by what both do with the same third host k: log t(h,k) − log t(m,k), in
/// which site, distance and partner cancel; the median over k, then over m. So a slow partner or one bad pair moves no
/// one else's, as long as they are fewer than half. With one mate only, the slower of the two is the one that stands
/// out. Of every host that has a mate in its site with which it shares a partner; none below two visits.
std::vector<Effect> host_effects(const PairMatrix& matrix);

/// The same of a rank, in a matrix by ranks: against the other ranks of its host, and against its local rank on the
/// other hosts of its site, if there are any; the lesser of the two. So one bad NIC is told from a host that is slow as
/// a whole, and from a local rank that is slow on every host, as machines may be built. Of ranks that share their host.
std::vector<Effect> rank_effects(const PairMatrix& matrix);

/// A host, rank or pair that stands out from its like.
struct Excess {
  std::size_t a = 0, b = 0;  ///< a host or rank (b = a), or a pair
  double share = 0;          ///< how much longer: 0.25
};

/// Hosts that are slower than their mates by more than a bound, in either half of the visits, and by three robust
/// standard deviations of all hosts.
std::vector<Excess> slow_hosts(const PairMatrix& matrix);
/// The same of ranks.
std::vector<Excess> slow_ranks(const PairMatrix& matrix);

/// Pairs that take longer than others between the same two sites, with what their hosts do taken off; as for hosts.
/// Only where three pairs or more join those sites.
/// @param hosts  those found slow
std::vector<Excess> slow_pairs(const PairMatrix& matrix, const std::vector<Excess>& hosts);

}  // namespace longhaul
