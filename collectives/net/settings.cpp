#include "collectives/net/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "topologies/error.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr int kMostChannels = 64;  // NCCL's MAXCHANNELS
constexpr std::size_t kLeastBuffer = std::size_t{8} * 1024, kMostBuffer = std::size_t{1} << 30;

}  // namespace

void check(const NetSettings& settings, int ranks) {
  if (settings.channels < 1 || settings.channels > kMostChannels)
    throw UsageError("{} channels; expected 1 to {}", settings.channels, kMostChannels);
  const auto buffer = settings.chunking.buffer;
  if (buffer < kLeastBuffer || buffer > kMostBuffer || buffer % 1024 != 0)
    throw UsageError("a channel's buffer of {}; expected 8 KiB to 1 GiB, a multiple of 1 KiB, such as 4MiB",
                     format_bytes({buffer}));
  if (settings.ring.empty()) return;
  std::vector<int> sorted = settings.ring, all(static_cast<std::size_t>(ranks));
  std::ranges::sort(sorted);
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all)
    throw UsageError("ring {} does not name each of the ranks 0 to {} once", ring_text(settings.ring), ranks - 1);
}

std::string ring_text(const std::vector<int>& ring) { return fmt::format("{}", fmt::join(ring, "-")); }

std::vector<int> parse_ring(const std::string& text) {
  std::vector<int> ring;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    int rank = 0;
    const auto read = std::from_chars(at, end, rank);
    if (read.ec != std::errc{} || rank < 0 || (read.ptr != end && (*read.ptr != '-' || read.ptr + 1 == end)))
      throw UsageError("bad ring '{}'; expected ranks in order, such as 0-2-1-3", text);
    ring.push_back(rank);
    at = read.ptr + 1;
  }
  return ring;
}

}  // namespace longhaul
