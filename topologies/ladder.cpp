#include "topologies/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/host_pattern.hpp"
#include "topologies/link_text.hpp"
#include "topologies/physics.hpp"
#include "topologies/text_table.hpp"
#include "topologies/utf8.hpp"

namespace longhaul {
namespace {

/// Where each site's rail stands and what stands above it.
struct Rails {
  std::vector<std::string> heads;
  std::vector<std::size_t> columns;  // of each rail
  std::size_t width = 0;
};

/// "a" … "z", "aa", "ab", …
std::string letter(std::size_t index) {
  const std::string last(1, static_cast<char>('a' + index % 26));
  return index < 26 ? last : letter(index / 26 - 1) + last;
}

Rails place(std::vector<std::string> heads) {
  constexpr std::size_t blanks = 3;
  Rails rails{std::move(heads), {}, 0};
  for (const auto& head : rails.heads) {
    rails.columns.push_back(rails.width);
    rails.width += text_width(head) + blanks;
  }
  return rails;
}

std::string head_line(const Rails& rails) {
  std::string line;
  for (std::size_t i = 0; i < rails.heads.size(); ++i)
    line += padded("", rails.columns[i] - text_width(line)) + rails.heads[i];
  return line;
}

/// All rails, and between two of them a link where there is one.
std::string rung(const Rails& rails, const Link& link) {
  const auto [first, last] = std::minmax(link.a, link.b);
  const auto [line, crossing, left_end, right_end] = stroke(link);
  std::string text;
  for (std::size_t i = 0; i < rails.columns.size(); ++i) {
    const bool end = i == first || i == last, crossed = i > first && i < last;
    text += end ? "●" : crossed ? crossing : "│";
    const auto next = i + 1 < rails.columns.size() ? rails.columns[i + 1] : rails.width;
    text += repeated(i >= first && i < last ? line : " ", next - rails.columns[i] - 1);
  }
  return text;
}

std::string site_table(const Topology& topology, bool lettered) {
  TextTable table{{{"Site", TextTable::Align::left},
                   {"Hosts"},
                   {"GPUs/host"},
                   {"Gbit/s a host"},
                   {"Fabric", TextTable::Align::left},
                   {"Names", TextTable::Align::left}},
                  {}};
  if (lettered) table.columns.insert(table.columns.begin(), {"", TextTable::Align::left});
  for (std::size_t i = 0; i < topology.sites.size(); ++i) {
    const auto& site = topology.sites[i];
    std::vector<std::string> row{site.name,
                                 fmt::format("{}", site.hosts.size()),
                                 fmt::format("{}", site.gpus_per_host),
                                 format_significant(bits_per_second(site.fabric.host_rate) / 1e9, 4),
                                 shortened(site.fabric.technology, 24),
                                 shortened(collapse_hosts(site.hosts), 32)};
    if (lettered) row.insert(row.begin(), letter(i));
    table.rows.push_back(row);
  }
  return table.str();
}

/// A head, then a line for each link: name (where one is given), road, members, delay, impairment.
std::vector<std::string> facts(const Topology& topology) {
  std::vector<std::vector<std::string>> rows{{"", "Road", "Members", "One way", ""}};
  for (const auto& link : topology.links) {
    const bool named = link.name != default_name(topology, link.a, link.b);
    rows.push_back({named ? link.name : "", road_text(link), members_text(link.members),
                    format_duration(one_way_delay(link)), impairment_text(link)});
  }
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]));
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line = widths[0] ? padded(row[0], widths[0]) + "  " : "";
    for (std::size_t i = 1; i < 4; ++i) line += padded_left(row[i], widths[i]) + "   ";
    line += row.back();
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::string ladder(const Topology& topology, std::size_t columns) {
  const auto link_facts = facts(topology);
  std::size_t facts_width = 0;
  for (const auto& line : link_facts) facts_width = std::max(facts_width, text_width(line));
  auto rails = place(site_names(topology));
  const bool lettered = rails.width + facts_width > columns;
  if (lettered) {
    std::vector<std::string> letters;
    for (std::size_t i = 0; i < topology.sites.size(); ++i) letters.push_back(letter(i));
    rails = place(std::move(letters));
  }
  auto text = site_table(topology, lettered) + "\n" + padded(head_line(rails), rails.width) + link_facts[0] + "\n";
  for (std::size_t i = 0; i < topology.links.size(); ++i)
    text += rung(rails, topology.links[i]) + link_facts[i + 1] + "\n";
  return text;
}

}  // namespace longhaul
