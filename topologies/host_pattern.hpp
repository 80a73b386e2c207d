#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// More hosts than this in one pattern, or in one topology, is taken for a mistake.
constexpr std::size_t kMostHosts = 65536;

/// Host names as Slurm writes them: "gpu-a[001-128]", "n[1-3,7]", "r[1-2]n[01-16]", "login,gpu[1-4]". The first
/// number's leading zeros set the width. Order is that of the text, the last range running fastest.
/// @throws UsageError for unbalanced brackets, a backward range, letters no host name has, or more than kMostHosts
std::vector<std::string> expand_hosts(std::string_view pattern);

/// The other way: names that follow each other and differ in their last number only become one range.
/// {"n1", "n2", "n3", "n7"} → "n[1-3,7]"
std::string collapse_hosts(const std::vector<std::string>& hosts);

}  // namespace longhaul
