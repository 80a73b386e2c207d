#include "harness/launch/relay.hpp"

#include <utility>

namespace longhaul {

std::string Relay::pass(std::string_view chunk) {
  std::string out;
  for (const char letter : chunk) {
    const bool ends = letter == '\n' || letter == '\r';
    if (at_line_start_ && letter == '[') holding_ = true;
    (holding_ ? held_ : out) += letter;
    at_line_start_ = ends;
    if (!ends || !holding_) continue;
    if (held_.find("plm:rsh: Warning: setpgid") == std::string::npos) out += held_;
    held_.clear();
    holding_ = false;
  }
  return out;
}

std::string Relay::rest() {
  holding_ = false;
  return std::exchange(held_, {});
}

}  // namespace longhaul
