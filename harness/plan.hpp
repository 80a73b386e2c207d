#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collectives/vocabulary.hpp"
#include "harness/shard.hpp"
#include "topologies/yaml.hpp"

namespace longhaul {

/// How the lab shrinks the plan's topology; read by `run --lab` only.
struct LabShape {
  int hosts_per_site = 2;
  int slots = 1;
  std::string scale = "auto";
  std::string congestion_control = "cubic";
  std::string faults;            ///< planted on purpose (topologies/lab/fault.hpp)
  std::string gateway = "auto";  ///< where packets between sites wait (topologies/lab/lab.hpp)
};

/// How the net communicator and the network plugin are set up; read with `--backend net` and `--wan plugin`.
struct NetShape {
  std::string plugin;                  ///< file or name; empty: our own
  int channels = 1;                    ///< rings
  Bytes buffer{std::size_t{4} << 20};  ///< of a channel's connection, as NCCL_BUFFSIZE
  std::string ring;                    ///< "0-2-1-3"; empty: in rank order
  std::string completion = "socket";   ///< socket, rdma
  int sockets = 1;                     ///< of a connection
};

/// What to measure: an axis a member, and how long. Flags and plan.yaml name the members alike.
struct Plan {
  std::string topology;  ///< catalogue name or path; empty: the lab's, else all hosts in one site
  std::vector<Operation> collective{Operation::all_reduce};
  std::vector<Algorithm> algorithm{Algorithm::flat};
  std::vector<DataType> type{DataType::float32};
  std::vector<ReduceOp> reduce_op{ReduceOp::sum};
  std::vector<bool> in_place{false};
  std::vector<Mode> mode{Mode::latency};
  std::vector<Bytes> size;
  std::vector<std::string> wan_rtt{"native"};
  std::string wan;               ///< what imposes it: lab, netem, plugin, none; empty: the lab there is, else none
  std::vector<YamlNode> events;  ///< a soak under these (topologies/wan_events.hpp): each point once, for visit_time
  std::vector<std::string> pattern;          ///< pairs of ranks instead of collectives: "pairwise", …
  std::vector<std::string> nccl{"default"};  ///< NcclSettings as text; for backend nccl
  std::vector<unsigned> load{0};             ///< compute beside it: multiply-adds an element; 0 none
  std::string backend = "mpi";               ///< mpi, nccl, net
  std::string memory = "auto";               ///< host, device, auto: where the backend wants it
  int launches = 1;                          ///< fresh starts of all ranks, for each environment
  int rounds = 5;           ///< visits of a point in a launch, at most; a look of the stopping rule after each
  int min_samples = 3;      ///< a visit takes at least this many
  int max_samples = 200;    ///< … and at most this many
  Duration visit_time{};    ///< time a visit's samples may take; 0: 500 ms, or the fair share of time_limit
  Duration time_limit{};    ///< of the whole run (`for`); 0: none
  double precision = 0.05;  ///< relative half-width of the median's interval that ends a point
  double confidence = 0.95;
  std::uint64_t seed = 1;
  std::vector<std::string> only;  ///< keys of the points to visit; empty: all
  Shard shard;                    ///< of the points
  LabShape lab;
  NetShape net;
};

/// The default size axis: 16 B to 64 MiB by 4.
std::string default_sizes();

/// Of a pattern of pairs: one size for latency, one for bandwidth.
std::string default_pattern_sizes();

/// "16B:64MiB:x4" (geometric), "1MiB:4MiB:+1MiB" (arithmetic), "16B,1MiB" (list), or a mix of them.
/// @throws UsageError
std::vector<Bytes> parse_sizes(std::string_view text);

/// "none", or multiply-adds an element of the compute that runs beside the collectives.
/// @throws UsageError
unsigned parse_load(std::string_view text);

/// Split "a,b" and parse each part.
template <class Parse>
auto parse_list(std::string_view text, Parse parse) {
  std::vector<decltype(parse(text))> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    values.push_back(parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return values;
}

/// A plan file: a name under share/plans ("quickstart") or a path. Unknown keys and bad values are errors with file,
/// line, column.
Plan load_plan(const std::string& name_or_path);
Plan parse_plan(std::string_view text, const std::string& source);

/// The plan in full as YAML that parse_plan understands.
std::string to_yaml(const Plan& plan);

/// All points of the plan, in order of its axes. Combinations that are not defined are left out (in-place all_to_all,
/// hierarchical broadcast, a second reduce_op of an all_gather).
/// @throws UsageError when nothing remains
std::vector<Point> expand(const Plan& plan, int ranks, const std::string& placement, const std::string& backend);

/// What the processes of a launch have in their environment, by NcclSettings::environment_key: one of each that the
/// plan's settings ask for. Launches take turns with them; without any there is one, which is empty.
std::vector<std::string> environments(const Plan& plan);

/// Fresh starts of all ranks in all: each environment's launches.
int starts(const Plan& plan);

/// @throws UsageError for values no run can have (launches < 1, precision outside (0, 1), …)
void check(const Plan& plan);

}  // namespace longhaul
