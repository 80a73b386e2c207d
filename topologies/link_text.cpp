#include "topologies/link_text.hpp"

#include <fmt/format.h>

namespace longhaul {

std::string road_text(const Link& link) {
  if (link.plain_rtt) return fmt::format("{} RTT", format_duration(*link.plain_rtt));
  return fmt::format("{} {}", format_length(link.length), link.medium == Medium::hollow_core ? "hollow core" : "SMF");
}

std::string members_text(const Members& members) {
  return fmt::format("{} × {}", members.count, format_bit_rate(members.rate));
}

std::string impairment_text(const Link& link) {
  std::string text;
  if (link.jitter > Duration::zero()) text = fmt::format("jitter {}", format_duration(link.jitter));
  if (link.loss.value > 0) text += fmt::format("{}loss {}", text.empty() ? "" : ", ", format_share(link.loss));
  return text;
}

LinkStroke stroke(const Link& link) {
  if (link.plain_rtt) return {"╌", "┼", "├", "┤"};
  if (link.medium == Medium::hollow_core) return {"═", "╪", "╞", "╡"};
  return {"─", "┼", "├", "┤"};
}

}  // namespace longhaul
