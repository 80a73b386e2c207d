#include "collectives/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

/// Numbers as letters without a zero: a … z, aa, ab, … (as spreadsheets name columns).
std::string letters(int number) {
  std::string text;
  for (int rest = number + 1; rest > 0; rest = (rest - 1) / 26)
    text.insert(text.begin(), static_cast<char>('a' + (rest - 1) % 26));
  return text;
}

/// −1 for anything but a few small letters.
int number_of(std::string_view text) {
  int number = 0;
  for (const char letter : text) {
    if (letter < 'a' || letter > 'z') return -1;
    number = number * 26 + (letter - 'a' + 1);
  }
  return text.size() > 4 ? -1 : number - 1;
}

}  // namespace

int Layout::rails() const {
  std::size_t least = site_of_rank.size();
  for (const auto& ranks_of_site : sites) least = std::min(least, ranks_of_site.size());
  return static_cast<int>(least);
}

bool Layout::contiguous() const {
  return std::all_of(sites.begin(), sites.end(), [](const std::vector<int>& ranks_of_site) {
    return ranks_of_site.back() - ranks_of_site.front() + 1 == static_cast<int>(ranks_of_site.size());
  });
}

Layout layout_of(std::span<const int> site_numbers) {
  if (site_numbers.empty()) throw UsageError("a layout of no ranks; expected at least one");
  std::map<int, std::vector<int>> by_number;
  Layout layout;
  for (std::size_t rank = 0; rank < site_numbers.size(); ++rank) {
    if (site_numbers[rank] < 0)
      throw UsageError("rank {} is in no site (site number {}); expected 0 or more", rank, site_numbers[rank]);
    auto& ranks_of_site = by_number[site_numbers[rank]];
    layout.index_in_site.push_back(static_cast<int>(ranks_of_site.size()));
    ranks_of_site.push_back(static_cast<int>(rank));
  }
  layout.site_of_rank.resize(site_numbers.size());
  for (auto& [number, ranks_of_site] : by_number) {
    for (const int rank : ranks_of_site) layout.site_of_rank[static_cast<std::size_t>(rank)] = layout.site_count();
    layout.sites.push_back(std::move(ranks_of_site));
  }
  return layout;
}

std::vector<int> leaders(const Layout& layout) { return rail(layout, 0); }

std::vector<int> rail(const Layout& layout, int index) {
  std::vector<int> ranks;
  for (const auto& ranks_of_site : layout.sites) ranks.push_back(ranks_of_site.at(static_cast<std::size_t>(index)));
  return ranks;
}

std::string placement_text(std::span<const int> site_numbers) {
  std::string text;
  for (auto run = site_numbers.begin(); run != site_numbers.end();) {
    const auto end = std::find_if(run, site_numbers.end(), [&](int number) { return number != *run; });
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", end - run, letters(*run));
    run = end;
  }
  return text;
}

std::vector<int> parse_placement(std::string_view text) {
  const auto refuse = [&] {
    return UsageError("'{}' is no placement; expected ranks and site letters in rank order, such as 2a,2b", text);
  };
  std::vector<int> site_numbers;
  for (std::string_view rest = text;;) {
    const std::string_view run = rest.substr(0, rest.find(','));
    int count = 0;
    const auto [end, error] = std::from_chars(run.data(), run.data() + run.size(), count);
    const int number = number_of(run.substr(static_cast<std::size_t>(end - run.data())));
    if (error != std::errc{} || count < 1 || count > (1 << 24) || number < 0) throw refuse();
    site_numbers.insert(site_numbers.end(), static_cast<std::size_t>(count), number);
    if (run.size() == rest.size()) return site_numbers;
    rest.remove_prefix(run.size() + 1);
  }
}

namespace {

template <class Name>
LocalPlace place_among_equals(std::span<const Name> names, int rank) {
  const auto own = names.begin() + rank;
  return {static_cast<int>(std::count(names.begin(), own, *own)),
          static_cast<int>(std::count(names.begin(), names.end(), *own))};
}

}  // namespace

LocalPlace local_place(std::span<const std::string> host_of_rank, int rank) {
  return place_among_equals(host_of_rank, rank);
}

LocalPlace device_place(std::span<const int> told, std::span<const int> node_of_rank, int rank) {
  auto place = place_among_equals(node_of_rank, rank);
  std::set<std::pair<int, int>> taken;
  bool usable = true;
  for (std::size_t other = 0; other < told.size(); ++other)
    usable = usable && told[other] >= 0 && taken.emplace(node_of_rank[other], told[other]).second;
  if (usable) place.rank = told[static_cast<std::size_t>(rank)];
  return place;
}

}  // namespace longhaul
