#include "harness/plugin_wan.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "topologies/error.hpp"
#include "topologies/segment_wan.hpp"
#include "topologies/wan/control_segment.hpp"

namespace longhaul {
namespace {

wan::MappedSegment make_segment(const Topology& topology, const NetShape& shape, int own_site) {
  wan::remove_unused_segments();
  auto segment = wan::MappedSegment::create("run-" + std::to_string(::getpid()), topology.sites.size(), false);
  segment->own_site = own_site;
  segment->completion =
      static_cast<std::uint32_t>(shape.completion == "rdma" ? wan::Completion::rdma : wan::Completion::socket);
  segment->sockets = static_cast<std::uint32_t>(shape.sockets);
  return segment;
}

/// The path that this host's first rank has; empty where it failed.
std::string path_of_host(World& world, const std::string& mine) {
  const auto paths = world.gather(mine);
  std::string found;
  for (int rank = 0; rank < world.size(); ++rank) {
    const auto path = world.broadcast(paths.empty() ? std::string{} : paths[static_cast<std::size_t>(rank)]);
    if (found.empty() && world.host(rank) == world.host(world.rank())) found = path;
  }
  return found;
}

}  // namespace

std::vector<int> sites_in_blocks(int ranks, std::size_t sites) {
  std::vector<int> site_of_rank;
  const auto count = static_cast<std::size_t>(ranks);
  for (std::size_t rank = 0; rank < count; ++rank)
    site_of_rank.push_back(static_cast<int>(rank * std::min(sites, count) / count));
  return site_of_rank;
}

std::unique_ptr<WanControl> make_plugin_wan(World& world, const Topology& topology,
                                            const std::vector<int>& site_of_rank, const NetShape& shape) {
  const int own_site = site_of_rank[static_cast<std::size_t>(world.rank())];
  std::optional<wan::MappedSegment> segment;
  std::string why;
  if (world.local().rank == 0) try {
      segment = make_segment(topology, shape, own_site);
    } catch (const wan::MappedSegment::Failure& failure) {
      why = failure.text;
    }
  const auto path = path_of_host(world, segment ? segment->path() : "");
  if (world.any(path.empty()))
    throw EnvironmentError("no control segment for the plugin's WAN{}{}", why.empty() ? " on some host" : ": ", why);
  ::setenv("LONGHAUL_NET_CONTROL", path.c_str(), 1);
  ::setenv("LONGHAUL_NET_SITE", std::to_string(own_site).c_str(), 1);
  ::setenv("LONGHAUL_NET_RANK", std::to_string(world.rank()).c_str(), 1);
  if (!segment) return nullptr;
  auto control = std::make_unique<SegmentWan>(std::move(*segment), topology);
  control->apply(resolve_wan("native", topology));
  return control;
}

}  // namespace longhaul
