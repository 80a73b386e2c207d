#include "collectives/nccl/lanes.hpp"

namespace longhaul::nccl {

Lanes::Lanes(const ncclUniqueId& id, int rank, const Layout& layout, const NcclSettings& settings, Duration deadline)
    : all(id, rank, layout.ranks(), settings, deadline) {
  if (layout.site_count() < 2) return;
  const auto own = static_cast<std::size_t>(rank);
  const int home = layout.site_of_rank[own], place = layout.index_in_site[own];
  site = Comm(all, home, place);
  rail = Comm(all, place < layout.rails() ? place : NCCL_SPLIT_NOCOLOR, home);
}

void Lanes::abort() noexcept {
  rail.abort();
  site.abort();
  all.abort();
}

void Lanes::expect_no_error() {
  all.expect_no_error();
  if (!site.empty()) site.expect_no_error();
  if (!rail.empty()) rail.expect_no_error();
}

}  // namespace longhaul::nccl
