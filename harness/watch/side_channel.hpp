#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "topologies/error.hpp"

/// What watchers say to each other, a line of JSON each. A port is open to everybody: nothing that comes is taken to be
/// well-formed, and what cannot be read counts as not said.
namespace longhaul {

/// The longest line that whoever has not shown the token may send.
constexpr std::size_t kLongestGreeting = 65536;

/// What follows a greeting; what was not said is empty.
struct Heard {
  std::optional<std::string> alarm;   ///< what is wrong with a rank there
  std::optional<std::string> fault;   ///< what a communicator says there that has given up
  std::optional<std::string> report;  ///< of a host
  std::string order;                  ///< "report", "let go", "end"
  bool failing = false;               ///< … of ranks that end by themselves
  int code = static_cast<int>(ExitCode::hung);
  bool farewell = false;
};
Heard heard_in(const std::string& line);

/// The first line of who joins.
std::string greeting(const std::string& token, std::size_t host);
/// Which of so many hosts a stranger's first line comes from; none: it does not know the token, or is no greeting.
std::optional<std::size_t> host_of_greeting(const std::string& line, const std::string& token, std::size_t hosts);

std::string alarm_line(const std::string& what);
std::string fault_line(const std::string& what);
std::string report_line(const std::string& report);
std::string farewell_line();
std::string report_order(bool failing);
std::string let_go_order();
std::string end_order(int code);

}  // namespace longhaul
