#include "harness/plan.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "collectives/counts.hpp"
#include "collectives/nccl_settings.hpp"
#include "harness/pattern.hpp"
#include "topologies/error.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

std::vector<Bytes> size_range(const std::vector<std::string>& parts, std::string_view text) {
  const auto first = parse_bytes(parts[0]), last = parse_bytes(parts[1]);
  const std::string step = parts.size() == 3 ? parts[2] : "x2";
  if (first > last) throw UsageError("size range '{}' runs backwards; write it smallest first", text);
  std::vector<Bytes> sizes;
  if (step.starts_with('+')) {
    const auto increment = parse_bytes(step.substr(1));
    if (increment.count == 0) throw UsageError("size range '{}' has a step of 0 B", text);
    for (auto size = first; size <= last; size.count += increment.count) sizes.push_back(size);
  } else {
    const auto factor = step.starts_with('x') ? std::strtoull(step.c_str() + 1, nullptr, 10) : 0;
    if (factor < 2 || first.count == 0)
      throw UsageError("bad size range '{}'; expected FIRST:LAST:xFACTOR (first > 0, factor ≥ 2) or FIRST:LAST:+STEP",
                       text);
    for (auto size = first; size <= last; size.count *= factor) sizes.push_back(size);
  }
  return sizes;
}

/// Exchanges of a pattern: send_recv, told apart by the settings.
std::vector<Point> pattern_points(const Plan& plan, int ranks, const std::string& placement,
                                  const std::string& backend) {
  std::vector<Point> points;
  for (const auto& name : plan.pattern)
    for (const auto pattern : parse_patterns(name))
      for (const auto type : plan.type)
        for (const auto& wan : plan.wan_rtt)
          for (const auto size : plan.size)
            points.push_back({Operation::send_recv, Algorithm::flat, type, plan.reduce_op.front(), false, Mode::latency,
                              size, wan, backend, ranks, placement, name_of(pattern)});
  return points;
}

bool is_defined(Operation operation, Algorithm algorithm, bool in_place) {
  return (algorithm != Algorithm::hierarchical || has_hierarchical(operation)) &&
         (!in_place || has_in_place(operation));
}

bool defines_a_point(const Plan& plan) {
  for (const auto operation : plan.collective)
    for (const auto algorithm : plan.algorithm)
      for (const bool in_place : plan.in_place)
        if (is_defined(operation, algorithm, in_place)) return true;
  return false;
}

/// Axes that mean nothing for an operation take their first value only.
template <class T>
std::vector<T> first_of(const std::vector<T>& values) {
  return {values.front()};
}

void check_net(const Plan& plan) {
  const auto& net = plan.net;
  if (net.completion != "socket" && net.completion != "rdma")
    throw UsageError("unknown completion '{}'; expected socket or rdma", net.completion);
  if (net.sockets < 1 || net.sockets > 16) throw UsageError("{} sockets a connection; expected 1 to 16", net.sockets);
  if (plan.backend == "net" && plan.memory == "device")
    throw UsageError("backend net works on host memory only; leave --memory device out");
}

}  // namespace

std::string default_sizes() { return "16B:64MiB:x4"; }

std::string default_pattern_sizes() { return "8B,4MiB"; }

std::vector<Bytes> parse_sizes(std::string_view text) {
  std::vector<Bytes> sizes;
  for (const auto& item : split(text, ',')) {
    const auto parts = split(item, ':');
    if (parts.size() > 3)
      throw UsageError("bad size range '{}'; expected FIRST:LAST:xFACTOR or FIRST:LAST:+STEP", item);
    if (parts.size() == 1)
      sizes.push_back(parse_bytes(item));
    else
      std::ranges::copy(size_range(parts, item), std::back_inserter(sizes));
  }
  return sizes;
}

unsigned parse_load(std::string_view text) {
  constexpr unsigned most = 1'000'000;  // of these a kernel takes seconds
  if (text == "none") return 0;
  unsigned steps = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), steps);
  if (error != std::errc{} || end != text.data() + text.size() || steps < 1 || steps > most)
    throw UsageError("bad load '{}'; expected none, or multiply-adds an element from 1 to {}", text, most);
  return steps;
}

std::vector<Point> expand(const Plan& plan, int ranks, const std::string& placement, const std::string& backend) {
  std::vector<Point> points;
  std::set<std::string> seen;
  const auto add = [&](const Point& point) {
    if (seen.insert(point.key()).second) points.push_back(point);
  };
  if (!plan.pattern.empty()) {
    for (const auto& point : pattern_points(plan, ranks, placement, backend)) add(point);
  } else {
    for (const auto operation : plan.collective)
      for (const auto algorithm : plan.algorithm)
        for (const auto type : plan.type)
          for (const auto op : reduces(operation) ? plan.reduce_op : first_of(plan.reduce_op))
            for (const bool in_place : plan.in_place)
              for (const auto mode : plan.mode)
                for (const auto& wan : plan.wan_rtt)
                  for (const auto& settings : backend == "nccl" ? plan.nccl : std::vector<std::string>{"default"})
                    for (const auto load : plan.load)
                      for (const auto size : plan.size) {
                        if (!is_defined(operation, algorithm, in_place)) continue;
                        add({operation, algorithm, type, op, in_place, mode, size, wan, backend, ranks, placement,
                             settings, load});
                      }
  }
  if (!plan.only.empty()) {
    std::erase_if(points, [&](const Point& point) { return std::ranges::count(plan.only, point.key()) == 0; });
    if (points.empty()) throw UsageError("'only' names no point of the plan, for example '{}'", plan.only.front());
  }
  return points_of(plan.shard, std::move(points), plan.seed);
}

std::vector<std::string> environments(const Plan& plan) {
  std::vector<std::string> found;
  for (const auto& settings : plan.nccl) {
    auto key = parse_nccl_settings(settings).environment_key();
    if (std::ranges::find(found, key) == found.end()) found.push_back(std::move(key));
  }
  return found;
}

int starts(const Plan& plan) { return plan.launches * static_cast<int>(environments(plan).size()); }

void check(const Plan& plan) {
  if (plan.launches < 1) throw UsageError("launches is {}; expected 1 or more", plan.launches);
  if (plan.rounds < 1) throw UsageError("rounds is {}; expected 1 or more", plan.rounds);
  if (plan.min_samples < 1 || plan.max_samples < plan.min_samples)
    throw UsageError("min_samples is {} and max_samples {}; expected 1 ≤ min ≤ max", plan.min_samples,
                     plan.max_samples);
  if (!(plan.precision > 0 && plan.precision < 1))
    throw UsageError("precision is {}; expected a share between 0 and 1, such as 5%", plan.precision);
  if (!(plan.confidence > 0.5 && plan.confidence < 1))
    throw UsageError("confidence is {}; expected a share between 50% and 100%, such as 95%", plan.confidence);
  if (plan.backend != "mpi" && plan.backend != "nccl" && plan.backend != "net")
    throw UsageError("unknown backend '{}'; expected mpi, nccl or net", plan.backend);
  check_net(plan);
  if (plan.memory != "auto" && plan.memory != "host" && plan.memory != "device")
    throw UsageError("unknown memory '{}'; expected host, device or auto", plan.memory);
  if (plan.backend == "nccl" && plan.memory == "host")
    throw UsageError("backend nccl works on device memory only; leave --memory host out");
  for (const auto& settings : plan.nccl) parse_nccl_settings(settings);
  const bool settled = plan.nccl == std::vector<std::string>{"default"};
  if (plan.backend != "nccl" && !settled)
    throw UsageError("nccl settings are for backend nccl, and this run's is {}; add --backend nccl", plan.backend);
  if (plan.events.empty() && std::ranges::find(plan.mode, Mode::soak) != plan.mode.end())
    throw UsageError("mode soak is what a run with events measures in; give it some: --events FILE --for TIME");
  for (const auto& pattern : plan.pattern) parse_patterns(pattern);
  if (!settled && !plan.pattern.empty())
    throw UsageError(
        "--nccl {} does not go with --pattern: a point's settings are the name of its pattern there; leave --nccl out, "
        "and set for all that NCCL reads in the environment (NCCL_ALGO, NCCL_IB_HCA, …)",
        plan.nccl.front());
  if (!defines_a_point(plan))
    throw UsageError(
        "the plan holds no defined point: hierarchical exists for all_reduce and all_gather only, in place "
        "for neither all_to_all nor send_recv");
  if (plan.size.empty()) throw UsageError("the plan names no size; expected for example --size {}", default_sizes());
}

}  // namespace longhaul
