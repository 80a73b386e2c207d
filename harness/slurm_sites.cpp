#include "harness/slurm_sites.hpp"

#include <cstdlib>

#include "topologies/lab/task.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

/// The text behind each `key=`, up to the next blank.
std::vector<std::string> values_of_key(std::string_view text, std::string_view key) {
  std::vector<std::string> values;
  for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n') continue;
    const auto begin = at + key.size();
    values.emplace_back(text.substr(begin, text.find_first_of(" \n", begin) - begin));
  }
  return values;
}

}  // namespace

std::set<std::string> slurm_names(std::string_view node, std::string_view switches) {
  std::set<std::string> names;
  for (const auto& features : values_of_key(node, "ActiveFeatures="))
    for (const auto& feature : split(features, ',')) names.insert(feature);
  for (const auto& name : values_of_key(switches, "SwitchName=")) names.insert(name);
  names.erase("(null)");
  return names;
}

std::optional<std::size_t> site_by_slurm(const Topology& topology, const std::string& host) {
  if (std::getenv("SLURM_JOB_ID") == nullptr) return std::nullopt;
  const auto names = slurm_names(output_of({"scontrol", "-o", "show", "node", host}),
                                 output_of({"scontrol", "show", "topology", host}));
  std::optional<std::size_t> found;
  for (std::size_t site = 0; site < topology.sites.size(); ++site) {
    if (!names.contains(topology.sites[site].name)) continue;
    if (found) return std::nullopt;
    found = site;
  }
  return found;
}

}  // namespace longhaul
