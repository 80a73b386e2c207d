#pragma once
#include <vector>

#include "collectives/communicator.hpp"
#include "collectives/cuda/stream.hpp"
#include "collectives/layout.hpp"
#include "collectives/nccl/comm.hpp"

namespace longhaul::nccl {

/// The communicators of one configuration: of all ranks; of this rank's site; of its rail, which has one rank of each
/// site (empty where the site has more ranks than there are rails). Those of site and rail are split off with the first
/// call that needs them.
class Lanes {
 public:
  /// Collective over base, which outlives it.
  Lanes(Comm& base, int rank, const Layout& layout, NcclSettings settings);

  Comm all, site, rail;

  /// Makes what the call needs. Collective: the same calls on all ranks.
  void make_for(const Call& call);
  /// Those that are given the call's own buffers. As a window a buffer may be registered once only (UG,
  /// ncclCommWindowRegister): within the site, where NCCL has a use for it.
  std::vector<Comm*> users_of(const Call& call, bool as_window);
  std::vector<Comm*> every() { return {&rail, &site, &all}; }
  void expect_no_error();
  /// Collective.
  void close();

 private:
  bool is_layered(const Call& call) const;

  Comm& base_;
  int home_, place_;
  int rails_, sites_;
  bool rail_made_ = false;
  NcclSettings settings_;  ///< here for as long as NCCL may look at its texts
};

/// A rank's streams: `main` is what the caller waits on; `across` carries what crosses sites, while `main` goes on
/// within the site.
struct Streams {
  Stream main, across;
};

}  // namespace longhaul::nccl
