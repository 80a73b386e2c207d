#include "topologies/picture.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/host_pattern.hpp"
#include "topologies/ladder.hpp"
#include "topologies/link_text.hpp"
#include "topologies/physics.hpp"
#include "topologies/text.hpp"
#include "topologies/utf8.hpp"

namespace longhaul {
namespace {

using Lines = std::vector<std::string>;

std::size_t widest(const Lines& lines) {
  std::size_t width = 0;
  for (const auto& line : lines) width = std::max(width, text_width(line));
  return width;
}

Lines site_lines(const Site& site) {
  const auto gpus = counted(static_cast<std::size_t>(site.gpus_per_host), "GPU");
  Lines lines{site.name, fmt::format("{} × {}", counted(site.hosts.size(), "host"), gpus), collapse_hosts(site.hosts)};
  if (!site.fabric.technology.empty()) lines.push_back(site.fabric.technology);
  if (site.fabric.host_rate.value > 0)
    lines.push_back(fmt::format("{} a host", format_bit_rate(site.fabric.host_rate)));
  return lines;
}

Lines box(Lines inside, std::size_t width, std::size_t height) {
  inside.resize(height);
  Lines lines{"╭" + repeated("─", width + 2) + "╮"};
  for (const auto& line : inside) lines.push_back(fmt::format("│ {} │", padded(shortened(line, width), width)));
  lines.push_back("╰" + repeated("─", width + 2) + "╯");
  return lines;
}

/// A row between the two boxes: text, or a link's line.
struct Row {
  std::string text;
  const Link* link = nullptr;
};

/// One link takes its rows by facts; of several, each a row for its text above its line.
std::vector<Row> link_rows(const Topology& topology) {
  std::vector<Row> rows;
  const bool alone = topology.links.size() == 1;
  for (const auto& link : topology.links) {
    const auto impairment = impairment_text(link);
    if (alone) {
      rows = {{},
              {road_text(link)},
              {{}, &link},
              {members_text(link.members)},
              {fmt::format("{} one way", format_duration(one_way_delay(link)))}};
      if (!impairment.empty()) rows.push_back({impairment});
    } else {
      rows.push_back({fmt::format("{}: {}, {}{}{}", link.name, road_text(link), members_text(link.members),
                                  impairment.empty() ? "" : ", ", impairment)});
      rows.push_back({{}, &link});
    }
  }
  return rows;
}

std::string in_one_text(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

std::string one_site(const Topology& topology, std::size_t columns) {
  const auto lines = site_lines(topology.sites.front());
  return in_one_text(box(lines, std::min(widest(lines), columns - 4), lines.size()));
}

std::string two_sites(const Topology& topology, std::size_t columns) {
  constexpr std::size_t frame = 4, margin = 4, widest_gap = 48;
  const auto rows = link_rows(topology);
  const auto left = site_lines(topology.sites[0]), right = site_lines(topology.sites[1]);
  const auto width = std::max(widest(left), widest(right));
  std::size_t gap = 0;
  for (const auto& row : rows) gap = std::max(gap, text_width(row.text) + margin);
  const auto boxes = 2 * (width + frame);
  if (boxes + gap > columns) return ladder(topology, columns);
  gap = std::max(gap, std::min(columns - boxes, widest_gap));

  const auto height = std::max({left.size(), right.size(), rows.size()});
  auto lines = box(left, width, height);
  const auto other = box(right, width, height);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool between = i > 0 && i <= rows.size();
    const auto* link = between ? rows[i - 1].link : nullptr;
    if (!link) {
      lines[i] += centred(between ? rows[i - 1].text : "", gap) + other[i];
      continue;
    }
    const auto [line, crossing, left_end, right_end] = stroke(*link);
    const auto border = std::string_view("│").size();
    lines[i] = lines[i].substr(0, lines[i].size() - border) + left_end + repeated(line, gap) + right_end +
               other[i].substr(border);
  }
  return in_one_text(lines);
}

}  // namespace

std::string picture(const Topology& topology, std::size_t columns) {
  if (topology.sites.size() == 1) return one_site(topology, columns);
  if (topology.sites.size() == 2) return two_sites(topology, columns);
  return ladder(topology, columns);
}

}  // namespace longhaul
