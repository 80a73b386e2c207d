#include "results/host_group.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr long most_steps = 1'000'000;

/// Leaves out as few nodes of a graph as cover all its edges.
class Cover {
 public:
  explicit Cover(std::vector<std::vector<std::size_t>> neighbours) : neighbours_(std::move(neighbours)) {
    std::vector<bool> out(neighbours_.size());
    while (const auto worst = most_edges(out)) out[*worst - 1] = true;
    best_ = out;
    best_count_ = static_cast<std::size_t>(std::ranges::count(out, true));
    std::vector<bool> none(neighbours_.size());
    branch(none, 0);
  }
  const std::vector<bool>& left_out() const { return best_; }
  bool exact() const { return steps_ < most_steps; }

 private:
  std::size_t edges(const std::vector<bool>& out, std::size_t node) const {
    if (out[node]) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(neighbours_[node], [&](auto other) { return !out[other]; }));
  }

  /// One more than the node with the most uncovered edges; nothing when all are covered.
  std::optional<std::size_t> most_edges(const std::vector<bool>& out) const {
    std::size_t worst = 0, most = 0;
    for (std::size_t node = 0; node < neighbours_.size(); ++node)
      if (const auto count = edges(out, node); count > most) most = count, worst = node + 1;
    return most > 0 ? std::optional(worst) : std::nullopt;
  }

  /// Either the worst node goes, or all its neighbours do.
  void branch(std::vector<bool>& out, std::size_t count) {
    if (count >= best_count_ || ++steps_ >= most_steps) return;
    const auto worst = most_edges(out);
    if (!worst) {
      best_ = out;
      best_count_ = count;
      return;
    }
    const std::size_t node = *worst - 1;
    out[node] = true;
    branch(out, count + 1);
    out[node] = false;
    std::vector<std::size_t> gone;
    for (const auto other : neighbours_[node])
      if (!out[other]) gone.push_back(other);
    for (const auto other : gone) out[other] = true;
    branch(out, count + gone.size());
    for (const auto other : gone) out[other] = false;
  }

  std::vector<std::vector<std::size_t>> neighbours_;
  std::vector<bool> best_;
  std::size_t best_count_ = 0;
  long steps_ = 0;
};

/// The pairwise matrices that tell most: alone, else together; at the largest size.
std::vector<PairMatrix> telling(const Results& results) {
  const auto all = pair_matrices(results);
  for (const char* pattern : {"pairwise-alone", "pairwise-together"}) {
    std::vector<PairMatrix> chosen;
    std::int64_t largest = 0;
    for (const auto& matrix : all)
      if (matrix.point.settings == pattern) largest = std::max(largest, matrix.point.moved);
    for (const auto& matrix : all)
      if (matrix.point.settings == pattern && matrix.point.moved == largest) chosen.push_back(matrix);
    if (!chosen.empty()) return chosen;
  }
  throw UsageError(
      "the file has no pairs of hosts to hold against a floor; measure them: longhaul run --pattern pairwise");
}

}  // namespace

HostGroup largest_group(const PairMatrix& matrix, BytesPerSecond floor) {
  std::vector<std::vector<std::size_t>> below(matrix.size());
  for (std::size_t a = 0; a < matrix.size(); ++a)
    for (std::size_t b = 0; b < matrix.size(); ++b)
      if (a != b && matrix.rate(a, b) < floor.value) below[a].push_back(b);
  const Cover cover(std::move(below));
  HostGroup group{{}, {}, cover.exact()};
  for (std::size_t host = 0; host < matrix.size(); ++host)
    (cover.left_out()[host] ? group.left_out : group.hosts).push_back(matrix.hosts[host]);
  return group;
}

std::vector<std::string> groups_text(const Results& results, BytesPerSecond floor) {
  std::vector<std::string> lines;
  for (const auto& matrix : telling(results)) {
    const auto group = largest_group(matrix, floor);
    auto line = fmt::format("{} of {} hosts reach {} GB/s pair by pair at {} ({}, {})", group.hosts.size(),
                            matrix.size(), format_significant(floor.value / 1e9), matrix.point.wan,
                            matrix.point.settings, format_bytes({static_cast<std::uint64_t>(matrix.point.moved)}));
    if (!group.left_out.empty()) line += fmt::format("; without {}", fmt::join(group.left_out, ", "));
    if (!group.exact) line += "; a larger group may exist";
    lines.push_back(line + ".");
  }
  return lines;
}

}  // namespace longhaul
