#include "topologies/description.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/physics.hpp"
#include "topologies/picture.hpp"
#include "topologies/text.hpp"
#include "topologies/text_table.hpp"
#include "topologies/utf8.hpp"

namespace longhaul {
namespace {

std::string heading(const Topology& topology) {
  return fmt::format("{}{}{}\n{}\n", topology.name, topology.title.empty() ? "" : ": ", topology.title,
                     summary(topology));
}

/// True when another link joins the same two sites, so that the sites' names do not tell which one is meant.
bool has_twin(const Topology& topology, const Link& link) {
  return std::any_of(topology.links.begin(), topology.links.end(), [&](const Link& other) {
    return &other != &link && std::minmax(other.a, other.b) == std::minmax(link.a, link.b);
  });
}

/// "north → south → east", with a link's name where that alone tells it from its twin.
std::string path_text(const Topology& topology, const Path& path) {
  std::string text = topology.sites[path.from].name;
  std::size_t here = path.from;
  for (const auto index : path.links) {
    const auto& link = topology.links[index];
    here = link.a == here ? link.b : link.a;
    text += fmt::format(" → {}", topology.sites[here].name);
    if (has_twin(topology, link)) text += fmt::format(" by {}", link.name);
  }
  return text;
}

/// Of a path too long to print: "north → 3 sites → east".
std::string short_path_text(const Topology& topology, const Path& path) {
  return fmt::format("{} → {} → {}", topology.sites[path.from].name, counted(path.links.size() - 1, "site"),
                     topology.sites[path.to].name);
}

bool has_plain_rtt(const Topology& topology, const Path& path) {
  return std::any_of(path.links.begin(), path.links.end(),
                     [&](auto i) { return topology.links[i].plain_rtt.has_value(); });
}

std::string path_table(const Topology& topology, std::size_t columns) {
  constexpr std::size_t figures = 47;  // what the other columns take
  const auto room = columns - std::min(columns, figures);
  TextTable table{{{"Path", TextTable::Align::left}, {"km"}, {"One way ms"}, {"RTT ms"}, {"Rate Gbit/s"}, {"BDP MB"}},
                  {}};
  for (const auto& path : all_paths(topology)) {
    const auto bdp = bandwidth_delay_product(path.bottleneck, path.rtt());
    const auto text = path_text(topology, path);
    const bool fits = text_width(text) <= room || path.links.size() == 1;
    table.rows.push_back({fits ? text : short_path_text(topology, path),
                          has_plain_rtt(topology, path) ? "–" : format_significant(path.length.value, 4),
                          format_significant(seconds(path.one_way) * 1e3),
                          format_significant(seconds(path.rtt()) * 1e3),
                          format_significant(bits_per_second(path.bottleneck) / 1e9, 4),
                          format_significant(static_cast<double>(bdp.count) / 1e6)});
  }
  return table.str();
}

}  // namespace

std::string summary(const Topology& topology) {
  return fmt::format("{}, {}, {}, {}", counted(topology.sites.size(), "site"), counted(host_count(topology), "host"),
                     counted(gpu_count(topology), "GPU"), counted(topology.links.size(), "link"));
}

std::string describe(const Topology& topology, std::size_t columns) {
  constexpr std::size_t narrowest = 80;
  columns = std::max(columns, narrowest);
  auto text = heading(topology) + "\n" + picture(topology, columns);
  if (topology.sites.size() > 1) text += "\n" + path_table(topology, columns);
  return text;
}

}  // namespace longhaul
