#include "collectives/nccl/lanes.hpp"

namespace longhaul::nccl {

Lanes::Lanes(Comm& base, int rank, const Layout& layout, NcclSettings settings)
    : base_(base),
      home_(layout.site_of_rank[static_cast<std::size_t>(rank)]),
      place_(layout.index_in_site[static_cast<std::size_t>(rank)]),
      rails_(layout.rails()),
      sites_(layout.site_count()),
      settings_(std::move(settings)) {
  all = Comm(base_, 0, rank, settings_, sites_ > 1 ? settings_.net_across : settings_.net);
}

bool Lanes::is_layered(const Call& call) const { return call.algorithm == Algorithm::hierarchical && sites_ > 1; }

void Lanes::make_for(const Call& call) {
  if (!is_layered(call)) return;
  if (site.empty()) site = Comm(base_, home_, place_, settings_, settings_.net);
  // Every rank comes here, those without a rail too: a split is collective.
  if (call.operation == Operation::all_reduce && !rail_made_) {
    rail = Comm(base_, place_ < rails_ ? place_ : NCCL_SPLIT_NOCOLOR, home_, settings_, settings_.net_across);
    rail_made_ = true;
  }
}

std::vector<Comm*> Lanes::users_of(const Call& call, bool as_window) {
  if (!is_layered(call)) return {&all};
  if (as_window) return {&site};
  if (call.operation == Operation::all_gather) return {&all, &site};
  return rail.empty() ? std::vector{&site} : std::vector{&site, &rail};
}

void Lanes::expect_no_error() {
  all.expect_no_error();
  if (!site.empty()) site.expect_no_error();
  if (!rail.empty()) rail.expect_no_error();
}

void Lanes::close() {
  rail.close();
  site.close();
  all.close();
}

}  // namespace longhaul::nccl
