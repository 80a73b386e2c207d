#include "results/pair_outliers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
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

using Key = std::pair<std::string, std::string>;  ///< hosts; twice the same for a host
using Found = std::map<Key, double>;              ///< how much longer, median over settings

/// What most settings of a family agree on.
template <class Find>
Found agreed(const Family& family, Find find) {
  std::map<Key, std::vector<double>> all;
  for (const auto* matrix : family)
    for (const auto& excess : find(*matrix))
      all[{matrix->hosts[excess.a], matrix->hosts[excess.b]}].push_back(excess.share);
  Found found;
  for (const auto& [key, shares] : all)
    if (2 * shares.size() > family.size()) found[key] = median(shares);
  return found;
}

std::string size_of(const Family& family) {
  return format_bytes({static_cast<std::uint64_t>(family.front()->point.moved)});
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

Outlier slow_host(const std::string& host, double share, const Family& family, bool measured_alone, bool small_too,
                  bool small_known) {
  const auto what = fmt::format("take {} longer than those of the other {} of its site", percent(share),
                                host_of_row(host) == host ? "hosts" : "ranks");
  if (small_too)
    return {Outlier::Part::host, host,
            fmt::format("its exchanges of {} {}, and small ones are slow as well", size_of(family), what)};
  const auto caveat =
      measured_alone ? "with nobody else exchanging" : "while others exchange; contention is not ruled out";
  const bool is_nic = measured_alone && small_known;
  return {is_nic ? Outlier::Part::nic : Outlier::Part::host, is_nic ? "the NIC of " + host : host,
          fmt::format("its exchanges of {} {}, {}", size_of(family), what, caveat)};
}

/// Whether a host's own exchanges alone are as quick as its mates', not merely below what is named.
bool as_fast_alone(const Family& alone, const std::string& host) {
  return std::ranges::all_of(alone, [&](const PairMatrix* matrix) {
    return std::ranges::all_of(host_effects(*matrix), [&](const Effect& effect) {
      return matrix->hosts[effect.a] != host || effect.all < as_fast;
    });
  });
}

/// What is slow at the largest size, and at the smallest where that is a small one; alone, if that was measured.
struct Slow {
  Family judged;
  bool alone = false, small_known = false;
  Found large, small_too;
};

Slow slow_ones(const std::vector<PairMatrix>& matrices) {
  Slow slow;
  slow.judged = family_of(matrices, alone_name, true);
  slow.alone = !slow.judged.empty();
  if (!slow.alone) slow.judged = family_of(matrices, together_name, true);
  if (slow.judged.empty()) return slow;
  const auto smallest = family_of(matrices, slow.judged.front()->point.settings, false);
  slow.small_known = smallest.front()->point.moved <= small && slow.judged.front()->point.moved > small;
  slow.large = agreed(slow.judged, slow_hosts);
  if (slow.small_known) slow.small_too = agreed(smallest, slow_hosts);
  return slow;
}

void add_hosts(const std::vector<PairMatrix>& matrices, std::vector<Outlier>& outliers) {
  const auto slow = slow_ones(matrices);
  for (const auto& [key, share] : slow.large)
    outliers.push_back(
        slow_host(key.first, share, slow.judged, slow.alone, slow.small_too.contains(key), slow.small_known));
  for (const auto& [key, share] : slow.small_too)
    if (!slow.large.contains(key))
      outliers.push_back({Outlier::Part::host, key.first,
                          fmt::format("its small exchanges take {} longer than those of the other hosts of its site",
                                      percent(share))});
  if (!slow.alone) return;
  for (const auto& [key, share] : agreed(family_of(matrices, together_name, true), slow_hosts))
    if (!slow.large.contains(key) && as_fast_alone(slow.judged, key.first))
      outliers.push_back({Outlier::Part::host, key.first,
                          fmt::format("contention on its way: only while other pairs exchange, its own take {} longer "
                                      "than those of the other hosts of its site",
                                      percent(share))});
}

/// One NIC of several is lost in its host's median.
void add_ranks(const std::vector<PairMatrix>& hosts, const std::vector<PairMatrix>& ranks,
               std::vector<Outlier>& outliers) {
  const auto slow_host_too = slow_ones(hosts).large;
  const auto slow = slow_ones(ranks);
  for (const auto& [key, share] : slow.large) {
    const auto host = host_of_row(key.first);
    if (!slow_host_too.contains({host, host}))
      outliers.push_back(
          slow_host(key.first, share, slow.judged, slow.alone, slow.small_too.contains(key), slow.small_known));
  }
}

void add_pairs(const std::vector<PairMatrix>& matrices, std::vector<Outlier>& outliers) {
  const auto alone = family_of(matrices, alone_name, true);
  const auto find = [](const PairMatrix& matrix) { return slow_pairs(matrix, slow_hosts(matrix)); };
  for (const auto& [key, share] : agreed(alone, find))
    outliers.push_back({Outlier::Part::host_pair, fmt::format("{}–{}", key.first, key.second),
                        fmt::format("their exchanges of {} take {} longer than others between the same sites",
                                    size_of(alone), percent(share))});
}

}  // namespace

std::vector<Outlier> pair_outliers(const Results& results) {
  std::vector<Outlier> outliers;
  const auto matrices = pair_matrices(results);
  add_hosts(matrices, outliers);
  if (std::ranges::any_of(results.ranks, [](const RankRow& rank) { return rank.local_rank > 0; }))
    add_ranks(matrices, pair_matrices(results, Grain::rank), outliers);
  add_pairs(matrices, outliers);
  return outliers;
}

}  // namespace longhaul
