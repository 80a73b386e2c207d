#include "topologies/netem/prefixes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace longhaul {

std::vector<Prefix> exact_prefixes(std::vector<std::uint32_t> addresses) {
  std::ranges::sort(addresses);
  const auto repeated = std::ranges::unique(addresses);
  addresses.erase(repeated.begin(), repeated.end());
  std::vector<Prefix> blocks;
  for (const auto address : addresses) {
    blocks.push_back({address, 32});
    // Two neighbours that differ in their last bit only are one block, which may again have such a neighbour.
    while (blocks.size() >= 2) {
      const auto &left = blocks[blocks.size() - 2], &right = blocks.back();
      const auto bit = std::uint64_t{1} << (32 - right.length);
      if (left.length != right.length || left.length == 0 || (left.address & bit) != 0 ||
          (left.address | bit) != right.address)
        break;
      blocks.pop_back();
      --blocks.back().length;
    }
  }
  return blocks;
}

std::string text_of(const Prefix& prefix) {
  const auto part = [&](int shift) { return prefix.address >> shift & 0xff; };
  return fmt::format("{}.{}.{}.{}/{}", part(24), part(16), part(8), part(0), prefix.length);
}

}  // namespace longhaul
