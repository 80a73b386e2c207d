#include "results/pair_outliers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "results/host_effect.hpp"
#include "results/pair_matrix.hpp"
#include "results/statistics.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr const char* together_name = "pairwise-together";
constexpr const char* alone_name = "pairwise-alone";
constexpr std::int64_t small = 65536;
constexpr double as_fast = 0.05;

/// All WAN settings of one pattern and one size.
using Family = std::vector<const PairMatrix*>;

Family family_of(const std::vector<PairMatrix>& matrices, const std::string& pattern, bool largest) {
  const PairMatrix* size = nullptr;
  for (const auto& matrix : matrices)
    if (matrix.point.settings == pattern &&
        (!size || (largest ? matrix.point.moved > size->point.moved : matrix.point.moved < size->point.moved)))
      size = &matrix;
  Family family;
  for (const auto& matrix : matrices)
    if (size && matrix.point.settings == pattern && matrix.point.moved == size->point.moved) family.push_back(&matrix);
  return family;
}

using Key = std::pair<std::size_t, std::size_t>;  ///< rows; twice the same for a host or rank
using Found = std::map<Key, double>;              ///< how much longer, median over settings

/// What most settings of a family agree on.
template <class Find>
Found agreed(const Family& family, Find find) {
  std::map<Key, std::vector<double>> all;
  for (const auto* matrix : family)
    for (const auto& excess : find(*matrix)) all[{excess.a, excess.b}].push_back(excess.share);
  Found found;
  for (const auto& [key, shares] : all)
    if (2 * shares.size() > family.size()) found[key] = median(shares);
  return found;
}

std::string size_of(const Family& family) {
  return format_bytes({static_cast<std::uint64_t>(family.front()->point.moved)});
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

/// Whether a host's own exchanges alone are as quick as its mates', not merely below what is named.
bool as_fast_alone(const Family& alone, std::size_t host) {
  return std::ranges::all_of(alone, [&](const PairMatrix* matrix) {
    return std::ranges::all_of(host_effects(*matrix),
                               [&](const Effect& effect) { return effect.a != host || effect.all < as_fast; });
  });
}

/// What is slow at the largest size, and at the smallest where that is a small one; alone, if that was measured.
struct Slow {
  Family judged;
  bool alone = false, small_known = false;
  Found large, small_too;
  std::string name(const Key& key) const { return judged.front()->name(key.first); }
  std::string host(const Key& key) const { return judged.front()->hosts[key.first]; }
};

template <class Find>
Slow slow_ones(const std::vector<PairMatrix>& matrices, Find find) {
  Slow slow;
  slow.judged = family_of(matrices, alone_name, true);
  slow.alone = !slow.judged.empty();
  if (!slow.alone) slow.judged = family_of(matrices, together_name, true);
  if (slow.judged.empty()) return slow;
  const auto smallest = family_of(matrices, slow.judged.front()->point.settings, false);
  slow.small_known = smallest.front()->point.moved <= small && slow.judged.front()->point.moved > small;
  slow.large = agreed(slow.judged, find);
  if (slow.small_known) slow.small_too = agreed(smallest, find);
  return slow;
}

Outlier slow_one(const Slow& slow, const Key& key, const std::string& name, const std::string& others) {
  const auto what = fmt::format("its exchanges of {} take {} longer than those of the other {}", size_of(slow.judged),
                                percent(slow.large.at(key)), others);
  if (slow.small_too.contains(key)) return {Outlier::Part::host, name, what + ", and small ones are slow as well"};
  const auto caveat = slow.alone ? "with nobody else exchanging" : "while others exchange; contention is not ruled out";
  const bool is_nic = slow.alone && slow.small_known;
  return {is_nic ? Outlier::Part::nic : Outlier::Part::host, is_nic ? "the NIC of " + name : name,
          fmt::format("{}, {}", what, caveat)};
}

/// Hosts of whose ranks half are slow, or more: what they are behind by as a whole is those ranks'.
std::set<std::string> hosts_half_slow(const Slow& ranks) {
  std::map<std::string, std::size_t> slow;
  for (const auto& [key, share] : ranks.large) ++slow[ranks.host(key)];
  std::set<std::string> hosts;
  for (const auto& [host, count] : slow)
    if (2 * count >= static_cast<std::size_t>(std::ranges::count(ranks.judged.front()->hosts, host)))
      hosts.insert(host);
  return hosts;
}

void add_contention(const std::vector<PairMatrix>& matrices, const Slow& slow, std::vector<Outlier>& outliers) {
  for (const auto& [key, share] : agreed(family_of(matrices, together_name, true), slow_hosts))
    if (!slow.large.contains(key) && as_fast_alone(slow.judged, key.first))
      outliers.push_back({Outlier::Part::host, slow.name(key),
                          fmt::format("contention on its way: only while other pairs exchange, its own take {} longer "
                                      "than those of the other hosts of its site",
                                      percent(share))});
}

void add_hosts(const std::vector<PairMatrix>& matrices, const Slow& slow, std::vector<Outlier>& outliers) {
  for (const auto& [key, share] : slow.large)
    outliers.push_back(slow_one(slow, key, slow.name(key), "hosts of its site"));
  for (const auto& [key, share] : slow.small_too)
    if (!slow.large.contains(key))
      outliers.push_back({Outlier::Part::host, slow.name(key),
                          fmt::format("its small exchanges take {} longer than those of the other hosts of its site",
                                      percent(share))});
  if (slow.alone) add_contention(matrices, slow, outliers);
}

/// " (NVIDIA H100 at 0000:1b:00.0)", where in all launches this rank had it and no other of its host.
std::string own_device(const Results& results, const std::string& host, std::int32_t local_rank) {
  std::set<std::string> own, others;
  for (const auto& rank : results.ranks)
    if (rank.host == host) (rank.local_rank == local_rank ? own : others).insert(rank.device);
  const bool is_own = own.size() == 1 && !own.contains("") && !others.contains(*own.begin());
  return is_own ? fmt::format(" ({})", *own.begin()) : "";
}

/// One NIC of several is lost in its host's median, or makes half of it.
void add_hosts_and_ranks(const Results& results, const std::vector<PairMatrix>& hosts,
                         const std::vector<PairMatrix>& ranks, std::vector<Outlier>& outliers) {
  auto slow = slow_ones(hosts, slow_hosts);
  const auto slow_rank = slow_ones(ranks, slow_ranks);
  const auto by_half = hosts_half_slow(slow_rank);
  const auto is_by_half = [&](const auto& found) { return by_half.contains(slow.host(found.first)); };
  std::erase_if(slow.large, is_by_half);
  std::erase_if(slow.small_too, is_by_half);
  add_hosts(hosts, slow, outliers);
  std::set<std::string> named;
  for (const auto& [key, share] : slow.large) named.insert(slow.host(key));
  for (const auto& [key, share] : slow_rank.large) {
    const auto host = slow_rank.host(key);
    if (named.contains(host)) continue;
    const auto device = own_device(results, host, slow_rank.judged.front()->local_ranks[key.first]);
    outliers.push_back(slow_one(slow_rank, key, slow_rank.name(key) + device, "ranks of its host"));
  }
}

void add_pairs(const std::vector<PairMatrix>& matrices, std::vector<Outlier>& outliers) {
  const auto alone = family_of(matrices, alone_name, true);
  const auto find = [](const PairMatrix& matrix) { return slow_pairs(matrix, slow_hosts(matrix)); };
  for (const auto& [key, share] : agreed(alone, find))
    outliers.push_back({Outlier::Part::host_pair,
                        fmt::format("{}–{}", alone.front()->hosts[key.first], alone.front()->hosts[key.second]),
                        fmt::format("their exchanges of {} take {} longer than others between the same sites",
                                    size_of(alone), percent(share))});
}

}  // namespace

std::vector<Outlier> pair_outliers(const Results& results) {
  std::vector<Outlier> outliers;
  const auto hosts = pair_matrices(results);
  const bool any_share = std::ranges::any_of(results.ranks, [](const RankRow& rank) { return rank.local_rank > 0; });
  const auto ranks = any_share ? pair_matrices(results, Grain::rank) : std::vector<PairMatrix>();
  add_hosts_and_ranks(results, hosts, ranks, outliers);
  add_pairs(hosts, outliers);
  return outliers;
}

}  // namespace longhaul
