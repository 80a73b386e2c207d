#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topologies/error.hpp"

namespace longhaul {

/// What a host's watcher saw of one rank.
struct RankReport {
  int rank = -1;
  int pid = 0;
  std::uint32_t state = 0;     ///< Progress::State
  std::uint64_t sequence = 0;  ///< collectives entered
  std::string where;           ///< "all_reduce #7 (64 KiB)"; empty before the first
  std::string phase;           ///< "sampling"
  double since = 0;            ///< seconds since it last changed
  std::string process;         ///< "running", "sleeping", "stopped", "waiting for a device", "gone"
  std::string stack;           ///< a frame a line, innermost first; empty where it did not answer
  std::string fault = {};      ///< what its communicator says, where that has given up
  std::string device = {};     ///< where its GPU is plugged in; empty on the host
};

/// How one site's first host reached another's, by a TCP connection of its own.
struct LinkReport {
  std::string from, to;
  double rtt = -1;  ///< seconds; negative: no answer
};

struct HostReport {
  std::string host, site;
  std::vector<int> expected;      ///< ranks that were started there
  bool answered = false;          ///< its watcher did
  std::vector<RankReport> ranks;  ///< when it did
  std::vector<LinkReport> links;
  std::string ras;  ///< NCCL's RAS status; in the account as JSON where it is; empty where nothing answered
};

struct HangReport {
  std::string reason;   ///< what was noticed first: "rank 3 has not moved for 30 s"
  double deadline = 0;  ///< seconds
  std::string file;     ///< results; empty where nothing is measured
  std::string account;  ///< where the whole report is; empty where it could not be written
  std::vector<HostReport> hosts;
};

/// Whether somebody is gone, rather than late: environment, else hung.
ExitCode code_of(const HangReport& report);

/// About ten lines for people: who waits, who never entered, who left, who is gone, the links, two stacks.
std::string text_of(const HangReport& report);

/// All of it.
std::string json_of(const HangReport& report);

/// A host's report as it travels, and back; none where the text is anything else.
std::string line_of(const HostReport& report);
std::optional<HostReport> host_report_of(const std::string& line);

}  // namespace longhaul
