#include "results/circumstances.hpp"

#include <unordered_map>

#include "topologies/text.hpp"

namespace longhaul {
namespace {

/// Some visits of a point may know what others do not.
void add_words(std::set<std::string>& words, const std::string& list) {
  for (const auto& word : split(list, ',')) words.insert(word.empty() || word == "library-chosen" ? "unknown" : word);
}

}  // namespace

std::vector<Circumstances> circumstances_of(const Results& results) {
  std::unordered_map<std::int32_t, std::size_t> places;
  for (std::size_t i = 0; i < results.points.size(); ++i) places.emplace(results.points[i].point, i);
  std::unordered_map<std::int32_t, std::string> sites;
  for (const auto& launch : results.launches) sites.emplace(launch.launch, std::to_string(launch.sites));
  std::vector<Circumstances> circumstances(results.points.size());
  for (const auto& visit : results.visits) {
    const auto place = places.find(visit.point);
    if (place == places.end()) continue;
    auto& point = circumstances[place->second];
    if (const auto known = sites.find(visit.launch); known != sites.end()) point.sites.insert(known->second);
    add_words(point.transports, visit.transport);
    add_words(point.nics, visit.nic);
  }
  for (auto& point : circumstances)
    for (auto* words : {&point.transports, &point.nics})
      if (words->empty()) words->insert("unknown");  // nothing was visited
  return circumstances;
}

}  // namespace longhaul
