#include "results/provenance_difference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "results/rate_scale.hpp"

namespace longhaul {
namespace {

constexpr const char* kNone = "–";

std::string joined(const std::set<std::string>& values) {
  std::set<std::string> said = values;
  said.erase("");
  return said.empty() ? kNone : fmt::format("{}", fmt::join(said, " | "));
}

using Field = std::function<std::string(const LaunchRow&)>;

const std::vector<std::pair<const char*, Field>>& fields() {
  static const std::vector<std::pair<const char*, Field>> list{
      {"flags", [](auto& l) { return l.flags; }},
      {"backend", [](auto& l) { return l.backend; }},
      {"library", [](auto& l) { return l.library; }},
      {"device", [](auto& l) { return l.device; }},
      {"ranks", [](auto& l) { return std::to_string(l.ranks); }},
      {"sites", [](auto& l) { return std::to_string(l.sites); }},
      {"topology", [](auto& l) { return l.topology; }},
      {"WAN engine", [](auto& l) { return l.wan_engine; }},
      {"scale", [](auto& l) { return l.wan_engine == "lab" ? rate_scale(l) : ""; }},
      {"congestion control", [](auto& l) { return l.congestion_control; }},
      {"lab's gateway", [](auto& l) { return l.gateway; }},
      {"kernel", [](auto& l) { return l.kernel; }},
      {"CPU", [](auto& l) { return l.cpu; }},
      {"cores", [](auto& l) { return l.cores > 0 ? std::to_string(l.cores) : ""; }},
      {"longhaul", [](auto& l) { return l.version; }},
  };
  return list;
}

std::set<std::string> values_of(const Results& results, const Field& field) {
  std::set<std::string> values;
  for (const auto& launch : results.launches) values.insert(field(launch));
  return values;
}

/// The topology's text may differ beneath one name.
bool same_topology_text(const Results& a, const Results& b) {
  const Field text = [](auto& launch) { return launch.topology_text; };
  return values_of(a, text) == values_of(b, text);
}

std::map<std::string, std::set<std::string>> variables_of(const Results& results) {
  std::map<std::string, std::set<std::string>> variables;
  for (const auto& launch : results.launches) {
    std::istringstream lines(launch.environment);
    for (std::string line; std::getline(lines, line);)
      if (const auto equals = line.find('='); equals != std::string::npos)
        variables[line.substr(0, equals)].insert(line.substr(equals + 1));
  }
  return variables;
}

std::string host_list(const Results& results) {
  std::set<std::string> hosts;
  for (const auto& rank : results.ranks) hosts.insert(rank.site.empty() ? rank.host : rank.site + "/" + rank.host);
  return hosts.empty() ? kNone : fmt::format("{}", fmt::join(hosts, " "));
}

}  // namespace

std::vector<ProvenanceDifference> provenance_differences(const Results& a, const Results& b) {
  std::vector<ProvenanceDifference> differences;
  const auto add = [&](std::string what, std::string in_a, std::string in_b) {
    if (in_a != in_b) differences.push_back({std::move(what), std::move(in_a), std::move(in_b)});
  };
  for (const auto& [what, field] : fields()) {
    add(what, joined(values_of(a, field)), joined(values_of(b, field)));
    if (std::string(what) == "topology" && (differences.empty() || differences.back().what != what) &&
        !same_topology_text(a, b))
      add("topology's text", "one", "another of the same name");
  }
  add("hosts", host_list(a), host_list(b));
  auto in_a = variables_of(a), in_b = variables_of(b);
  for (const auto& [name, values] : in_b) in_a.try_emplace(name);
  for (const auto& [name, values] : in_a) add(name, joined(values), joined(in_b[name]));
  return differences;
}

}  // namespace longhaul
