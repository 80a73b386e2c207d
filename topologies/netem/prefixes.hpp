#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace longhaul {

/// A block of IPv4 addresses, host byte order.
struct Prefix {
  std::uint32_t address = 0;
  int length = 32;
  auto operator<=>(const Prefix&) const = default;
};

/// The fewest blocks that hold exactly these addresses, ascending: no address of anybody else is in one.
std::vector<Prefix> exact_prefixes(std::vector<std::uint32_t> addresses);

/// "10.2.0.0/24".
std::string text_of(const Prefix& prefix);

}  // namespace longhaul
