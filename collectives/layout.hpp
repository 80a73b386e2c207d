#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// Who is where: ranks by site. Sites are numbered 0, 1, … in the topology's order; every rank is in exactly one, and
/// only sites that have ranks take part, in order of their number.
struct Layout {
  std::vector<int> site_of_rank;        ///< index into `sites`, by rank
  std::vector<std::vector<int>> sites;  ///< ranks of each taking part, ascending
  std::vector<int> index_in_site;       ///< place of a rank within its site, by rank

  int ranks() const { return static_cast<int>(site_of_rank.size()); }
  int site_count() const { return static_cast<int>(sites.size()); }
  /// Ranks of the smallest site: how many disjoint lanes between sites there are, one rank of each site in each.
  int rails() const;
  /// True where ranks of each site follow each other.
  bool contiguous() const;
};

/// @param site_numbers  of each rank, in rank order; numbers need not be dense: sites without ranks are skipped
/// @throws UsageError for no ranks or a negative number
Layout layout_of(std::span<const int> site_numbers);

/// The first rank of each site.
std::vector<int> leaders(const Layout& layout);

/// The i-th rank of each site, i < layout.rails().
std::vector<int> rail(const Layout& layout, int index);

/// Ranks per site in rank order, run-length coded: "2a,2b"; "1a,1b,1a,1b" when interleaved; "5a,3b". Letters are the
/// sites' numbers: a … z, then aa, ab, …
std::string placement_text(std::span<const int> site_numbers);

/// The site numbers that placement_text was given.
/// @throws UsageError for text that it cannot have written
std::vector<int> parse_placement(std::string_view text);

/// How many ranks with the same host name come before this rank, and how many there are.
struct LocalPlace {
  int rank = 0, size = 1;
};
LocalPlace local_place(std::span<const std::string> host_of_rank, int rank);

/// Which of its node's devices a rank is to take: what the launchers said where they told every rank, and no two of a
/// node the same; else the rank's place among those of its node.
/// @param told  by rank; −1: not told
/// @param node_of_rank  any number that ranks of one node, and only they, share
LocalPlace device_place(std::span<const int> told, std::span<const int> node_of_rank, int rank);

}  // namespace longhaul
