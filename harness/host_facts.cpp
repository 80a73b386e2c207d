#include "harness/host_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "harness/provenance.hpp"
#include "topologies/text.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// What a folder holds, in order of name; nothing where it is missing.
std::set<fs::path> entries(const fs::path& folder) {
  std::set<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) found.insert(entry.path());
  return found;
}

std::string governors(const fs::path& root) {
  std::set<std::string> names;
  for (const auto& core : entries(root / "sys/devices/system/cpu"))
    if (const auto name = first_line(core / "cpufreq/scaling_governor"); !name.empty()) names.insert(name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The last of three numbers: least, default, most.
std::string greatest(const fs::path& path) {
  std::istringstream words(first_line(path));
  std::string word, last;
  while (words >> word) last = word;
  return last;
}

std::string interfaces(const fs::path& root) {
  std::map<std::string, int> kinds;
  for (const auto& nic : entries(root / "sys/class/net")) {
    if (nic.filename() == "lo" || first_line(nic / "operstate") != "up") continue;
    const auto speed = std::atof(first_line(nic / "speed").c_str());  // Mbit/s; negative or nothing where unknown
    const auto rate = speed > 0 ? format_bit_rate({speed * 125e3}) + " " : std::string{};
    ++kinds[fmt::format("{}MTU {}", rate, first_line(nic / "mtu"))];
  }
  std::vector<std::string> texts;
  for (const auto& [kind, count] : kinds) texts.push_back(count > 1 ? fmt::format("{} ×{}", kind, count) : kind);
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// bit/s of all InfiniBand ports: "400 Gb/sec (4X NDR)".
double fabric_rate(const fs::path& root) {
  double sum = 0;
  for (const auto& adapter : entries(root / "sys/class/infiniband"))
    for (const auto& port : entries(adapter / "ports"))
      if (first_line(port / "state").ends_with("ACTIVE")) sum += std::atof(first_line(port / "rate").c_str()) * 1e9;
  return sum;
}

/// Adapters for RDMA over Ethernet are in both lists.
std::string nic_rate(const fs::path& root) {
  double sum = 0;
  for (const auto& nic : entries(root / "sys/class/net"))
    if (fs::exists(nic / "device") && first_line(nic / "operstate") == "up")
      sum += std::max(0.0, std::atof(first_line(nic / "speed").c_str())) * 1e6;
  sum = std::max(sum, fabric_rate(root));
  return sum > 0 ? fmt::format("{:.0f}", sum) : "";
}

std::string limit(int resource) {
  rlimit found{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &found) != 0) return "";
  return found.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(found.rlim_cur);
}

}  // namespace

bool is_library_variable(std::string_view name) {
  static constexpr std::array<std::string_view, 6> prefixes{"NCCL_",     "UCX_",      "FI_",
                                                            "OMPI_MCA_", "PMIX_MCA_", "PRTE_MCA_"};
  if (name.starts_with("OMPI_MCA_plm")) return false;  // Open MPI 4 tells ranks so how their daemon was started
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

HostFacts host_facts(const fs::path& root) {
  const auto machine = describe_machine();
  const auto ipv4 = root / "proc/sys/net/ipv4";
  HostFacts facts{
      {"longhaul", machine.version},
      {"kernel", machine.kernel},
      {"processor", machine.cpu},
      {"cores", std::to_string(machine.cores)},
      {"governor", governors(root)},
      {"clock source", first_line(root / "sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"congestion control", first_line(ipv4 / "tcp_congestion_control")},
      {"TCP receive buffer", greatest(ipv4 / "tcp_rmem")},
      {"TCP send buffer", greatest(ipv4 / "tcp_wmem")},
      {"interfaces", interfaces(root)},
      {"NIC rate", nic_rate(root)},
      {"locked memory", limit(RLIMIT_MEMLOCK)},
      {"open files", limit(RLIMIT_NOFILE)}};
  for (const auto& line : split(machine.environment, '\n'))
    if (is_library_variable(line)) facts[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
  return facts;
}

}  // namespace longhaul
