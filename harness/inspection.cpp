#include "harness/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "topologies/error.hpp"
#include "topologies/physics.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

constexpr Duration kProbePatience = std::chrono::milliseconds(200);

std::string lines_of(const HostFacts& facts) {
  std::string text;
  for (const auto& [name, value] : facts) text += fmt::format("{}={}\n", name, value);
  return text;
}

HostFacts facts_of(const std::string& text) {
  HostFacts facts;
  for (const auto& line : split(text, '\n'))
    if (const auto equals = line.find('='); equals != std::string::npos)
      facts[line.substr(0, equals)] = line.substr(equals + 1);
  return facts;
}

int most_ranks_of_a_host(const std::vector<std::string>& hosts) {
  std::ptrdiff_t most = 1;
  for (const auto& host : hosts) most = std::max(most, std::ranges::count(hosts, host));
  return static_cast<int>(most);
}

}  // namespace

HostFacts rank_facts(const std::string& library, Device* device) {
  auto facts = host_facts();
  facts["library"] = library;
  if (device == nullptr || device->place().empty()) return facts;
  facts["GPU"] = device->name();
  const auto state = device->state();
  if (state.ecc_uncorrected >= 0) facts["GPU memory errors"] = std::to_string(state.ecc_uncorrected);
  if (state.nvlinks > 0)
    facts["NVLinks"] = state.nvlinks_up == state.nvlinks ? fmt::format("all {} up", state.nvlinks)
                                                         : fmt::format("{} of {} up", state.nvlinks_up, state.nvlinks);
  return facts;
}

std::vector<PreflightRow> inspect(World& world, const HostFacts& own, const Topology& topology,
                                  const std::vector<int>& site_of_rank, PreflightTerms terms) {
  std::vector<std::string> sites;
  for (const auto& site : topology.sites) sites.push_back(site.name);
  const auto paths = sites.size() > 1 ? probe_mtus(world, site_of_rank, sites, kProbePatience + 2 * terms.rtt)
                                      : std::vector<PathMtu>{};
  world.barrier();  // then clocks are read at one moment
  auto facts = own;
  facts["unix time"] =
      std::to_string(std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
  const auto texts = world.gather(lines_of(facts));
  if (world.rank() != 0) return {};
  std::vector<HostFacts> all;
  for (const auto& text : texts) all.push_back(facts_of(text));
  terms.most_ranks = most_ranks_of_a_host(world.hosts());
  for (const int site : site_of_rank)
    terms.host_rates.push_back(topology.sites[static_cast<std::size_t>(site)].fabric.host_rate);
  return preflight(world.hosts(), all, paths, terms);
}

void expect_fit(const std::vector<PreflightRow>& rows, bool force, bool quiet) {
  for (const auto& row : rows) {
    if (row.readiness == Readiness::unfit && !force)
      throw EnvironmentError(
          "preflight: {}: {}; {}. --force measures all the same; `longhaul doctor` under mpirun or srun shows all",
          row.name, row.found, row.remedy);
    if (row.readiness != Readiness::ready && !quiet)
      fmt::print(stderr, "longhaul: preflight: {}: {}; {}\n", row.name, row.found, row.remedy);
  }
}

PreflightTerms terms_of(const Topology& topology, const LabFabric* lab) {
  PreflightTerms terms;
  for (std::size_t a = 0; a < topology.sites.size(); ++a)
    for (std::size_t b = a + 1; b < topology.sites.size(); ++b) {
      const auto path = shortest_path(topology, a, b);
      if (path.rtt() <= terms.rtt) continue;
      terms.rtt = path.rtt();
      terms.rate = path.bottleneck;
    }
  if (lab != nullptr) terms.rate.value = lab->uncapped ? 0 : terms.rate.value / lab->scale;
  return terms;
}

}  // namespace longhaul
