#include "harness/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "harness/host_facts.hpp"
#include "topologies/physics.hpp"
#include "topologies/text_table.hpp"

namespace longhaul {
namespace {

constexpr std::size_t kNamedHosts = 4;
constexpr std::uint64_t kPinned = std::uint64_t{64} << 20;
constexpr Duration kClockSkew = std::chrono::seconds(1);
constexpr double kWholeRate = 0.99;

/// Hosts that say a value, in order of rank; each value once.
struct Saying {
  std::string value;
  std::vector<std::string> hosts;
};

std::vector<Saying> sayings(const std::string& name, const std::vector<std::string>& hosts,
                            const std::vector<HostFacts>& facts) {
  std::vector<Saying> said;
  for (std::size_t rank = 0; rank < facts.size(); ++rank) {
    const auto fact = facts[rank].find(name);
    const auto value = fact == facts[rank].end() ? std::string("none") : fact->second;
    auto known = std::ranges::find(said, value, &Saying::value);
    if (known == said.end()) known = said.insert(said.end(), {value, {}});
    if (std::ranges::find(known->hosts, hosts[rank]) == known->hosts.end()) known->hosts.push_back(hosts[rank]);
  }
  return said;
}

std::string text_of(const std::vector<Saying>& said) {
  if (said.size() == 1) return said.front().value;
  std::string text;
  for (const auto& [value, hosts] : said) {
    text += fmt::format("{}{} on {}", text.empty() ? "" : "; ", value, hosts.front());
    for (std::size_t i = 1; i < std::min(hosts.size(), kNamedHosts); ++i) text += ", " + hosts[i];
    if (hosts.size() > kNamedHosts) text += fmt::format(" and {} more", hosts.size() - kNamedHosts);
  }
  return text;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Ranks that choose other transports or algorithms never meet.
bool chooses_transports(const std::string& name) {
  static constexpr std::array<std::string_view, 8> prefixes{
      "NCCL_", "UCX_", "FI_", "OMPI_MCA_pml", "OMPI_MCA_btl", "OMPI_MCA_mtl", "OMPI_MCA_osc", "OMPI_MCA_coll"};
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool must_agree(const std::string& name) { return name == "longhaul" || name == "library" || chooses_transports(name); }

/// What is wrong with one value, whatever the other hosts say.
struct Complaint {
  Readiness readiness = Readiness::ready;
  std::string remedy;
};

Complaint complaint_of(const std::string& name, const std::string& value, const PreflightTerms& terms) {
  const auto count = number(value);
  if (name == "governor" && value != "performance" && value != "none")
    return {Readiness::doubtful, "cores that clock down scatter times: sudo cpupower frequency-set -g performance"};
  if (name == "clock source" && value != "tsc" && value != "kvm-clock" && value != "arch_sys_counter")
    return {Readiness::doubtful, "reading this clock is slow; find out why the kernel gave up tsc (dmesg)"};
  if (name == "open files" && count && *count < 64 + 4 * static_cast<std::uint64_t>(terms.most_ranks))
    return {Readiness::unfit, "too few for connections to all ranks: ulimit -n 65536, in the job or limits.conf"};
  if (name == "locked memory" && terms.remote_memory && count && *count < kPinned)
    return {Readiness::doubtful, "adapters register memory that is locked: ulimit -l unlimited, in limits.conf"};
  if (name == "GPU memory errors" && count && *count > 0)
    return {Readiness::doubtful,
            "errors that ECC could not correct since the driver was loaded: reset or drain the GPU"};
  if (name == "CUDA-aware MPI" && value == "no")
    return {Readiness::unfit,
            "it cannot take --memory device: Open MPI with --with-cuda or UCX, MPICH with --with-cuda"};
  if (name == "NVLinks" && !value.starts_with("all ") && value != "none")
    return {Readiness::doubtful, "links within the host are down: nvidia-smi nvlink --status"};
  const auto in_flight = bandwidth_delay_product(terms.rate, terms.rtt).count;
  if (name.starts_with("TCP ") && count && *count < in_flight)
    return {Readiness::doubtful,
            fmt::format("the longest path holds {} in flight, one connection at most this: sudo sysctl -w net.ipv4.{}",
                        format_bytes({in_flight}),
                        name == "TCP receive buffer" ? fmt::format("tcp_rmem='4096 131072 {}'", 2 * in_flight)
                                                     : fmt::format("tcp_wmem='4096 16384 {}'", 2 * in_flight))};
  return {};
}

PreflightRow row_of(const std::string& name, const std::vector<Saying>& said, const PreflightTerms& terms) {
  PreflightRow row{name, Readiness::ready, text_of(said), ""};
  for (const auto& saying : said)
    if (const auto complaint = complaint_of(name, saying.value, terms); complaint.readiness > row.readiness) {
      row.readiness = complaint.readiness;
      row.remedy = complaint.remedy;
    }
  if (said.size() == 1) return row;
  const auto differing = must_agree(name) ? Readiness::unfit : Readiness::doubtful;
  if (differing > row.readiness) {
    row.readiness = differing;
    row.remedy = is_library_variable(name) ? "set it alike for all ranks" : "make it the same on all hosts";
  }
  return row;
}

/// Wall clocks: what a results file's times, logs and certificates go by. Collectives are timed by clocks of our own.
PreflightRow clock_row(const std::vector<std::string>& hosts, const std::vector<HostFacts>& facts,
                       const PreflightTerms& terms) {
  std::vector<std::pair<std::int64_t, std::string>> times;
  for (std::size_t rank = 0; rank < facts.size(); ++rank)
    if (const auto time = facts[rank].find("unix time"); time != facts[rank].end())
      times.emplace_back(static_cast<std::int64_t>(number(time->second).value_or(0)), hosts[rank]);
  if (times.empty()) return {"wall clocks", Readiness::ready, "unknown", ""};
  const auto [least, most] = std::ranges::minmax(times);
  const Duration apart{most.first - least.first};
  if (apart <= kClockSkew + 2 * terms.rtt) return {"wall clocks", Readiness::ready, "agree to a second", ""};
  return {"wall clocks", Readiness::doubtful,
          fmt::format("{} is {} behind {}", least.second, format_duration(apart), most.second),
          "let a time service set them: chronyc makestep"};
}

/// What hosts' NICs carry together, held against the topology's host_rate; none where no rate is known.
std::optional<PreflightRow> nic_row(const std::vector<std::string>& hosts, const std::vector<HostFacts>& facts,
                                    const PreflightTerms& terms) {
  PreflightRow row{"NIC rates", Readiness::ready, "", ""};
  std::vector<HostFacts> texts(facts.size());
  bool any = false;
  for (std::size_t rank = 0; rank < facts.size(); ++rank) {
    const auto fact = facts[rank].find("NIC rate");
    const auto rate = fact == facts[rank].end() ? std::nullopt : number(fact->second);
    texts[rank][row.name] = "unknown";
    if (!rate) continue;
    any = true;
    const BytesPerSecond found{static_cast<double>(*rate) / 8};
    const auto expected = rank < terms.host_rates.size() ? terms.host_rates[rank] : BytesPerSecond{0};
    const bool slow = found.value < expected.value * kWholeRate;
    texts[rank][row.name] =
        slow ? fmt::format("{} of {}", format_bit_rate(found), format_bit_rate(expected)) : format_bit_rate(found);
    if (!slow) continue;
    row.readiness = Readiness::doubtful;
    row.remedy =
        "less than the topology's host_rate: a NIC that is down, or came up slower (ethtool, ibstat); or the topology "
        "is wrong";
  }
  if (!any) return std::nullopt;
  row.found = text_of(sayings(row.name, hosts, texts));
  return row;
}

PreflightRow path_row(const std::vector<PathMtu>& paths) {
  PreflightRow row{"path MTU", Readiness::ready, "", ""};
  std::set<int> passing;
  for (const auto& path : paths) {
    if (path.passes >= path.route && path.passes > 0) {
      passing.insert(path.passes);
      continue;
    }
    const auto what =
        path.passes > 0 ? fmt::format("{} of {}", path.passes, path.route) : std::string("no answer by UDP");
    row.found += fmt::format("{}{}–{} {}", row.found.empty() ? "" : "; ", path.from, path.to, what);
    const auto readiness = path.passes > 0 ? Readiness::unfit : Readiness::doubtful;
    if (readiness <= row.readiness) continue;
    row.readiness = readiness;
    row.remedy = path.passes > 0
                     ? "larger packets vanish on the way, and connections with them: lower the hosts' MTU, or let "
                       "routers say 'fragmentation needed'"
                     : "not measured; a firewall between the sites may drop UDP";
  }
  if (!row.found.empty()) return row;
  for (const int mtu : passing) row.found += fmt::format("{}{}", row.found.empty() ? "" : ", ", mtu);
  return row;
}

}  // namespace

std::vector<PreflightRow> preflight(const std::vector<std::string>& hosts, const std::vector<HostFacts>& facts,
                                    const std::vector<PathMtu>& paths, const PreflightTerms& terms) {
  std::set<std::string> names;
  for (const auto& of_rank : facts)
    for (const auto& [name, value] : of_rank) names.insert(name);
  names.erase("unix time");
  names.erase("NIC rate");
  std::vector<PreflightRow> rows;
  for (const auto& name : names) rows.push_back(row_of(name, sayings(name, hosts, facts), terms));
  if (const auto nics = nic_row(hosts, facts, terms)) rows.push_back(*nics);
  rows.push_back(clock_row(hosts, facts, terms));
  if (!paths.empty()) rows.push_back(path_row(paths));
  return rows;
}

Readiness readiness_of(const std::vector<PreflightRow>& rows) {
  Readiness worst = Readiness::ready;
  for (const auto& row : rows) worst = std::max(worst, row.readiness);
  return worst;
}

std::string preflight_text(const std::vector<PreflightRow>& rows) {
  using enum TextTable::Align;
  static constexpr const char* words[] = {"ok", "doubtful", "unfit"};
  TextTable table{{{"Fact", left}, {"State", left}, {"Found", left}}, {}};
  for (const auto& row : rows) table.rows.push_back({row.name, words[static_cast<int>(row.readiness)], row.found});
  auto text = table.str();
  for (const auto& row : rows)
    if (!row.remedy.empty()) text += fmt::format("{}: {}\n", row.name, row.remedy);
  return text;
}

std::string preflight_lines(const std::vector<PreflightRow>& rows) {
  std::string text;
  for (const auto& row : rows) text += fmt::format("{}{} = {}", text.empty() ? "" : "\n", row.name, row.found);
  return text;
}

}  // namespace longhaul
