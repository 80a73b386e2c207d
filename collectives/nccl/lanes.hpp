#pragma once
#include "collectives/cuda/stream.hpp"
#include "collectives/layout.hpp"
#include "collectives/nccl/comm.hpp"

namespace longhaul::nccl {

/// The communicators of one configuration: of all ranks; of this rank's site; of its rail, which has one rank of each
/// site (empty where the site has more ranks than there are rails). Those of site and rail are split off where there
/// is more than one site.
struct Lanes {
  Comm all, site, rail;

  Lanes(const ncclUniqueId& id, int rank, const Layout& layout, const NcclSettings& settings, Duration deadline);
  void abort() noexcept;
  void expect_no_error();
};

/// A rank's streams: `main` is what the caller waits on; `across` carries what crosses sites, while `main` goes on
/// within the site.
struct Streams {
  Stream main, across;
};

}  // namespace longhaul::nccl
