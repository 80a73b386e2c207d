// Writes a file that is hard on the report: report_sample FILE
//
// Markup in its texts, both modes, a size of 0 B, wrong data, a WAN that was not felt, a point without an interval.
#include <fmt/format.h>

#include "results/store.hpp"
#include "tests/results/sample_results.hpp"
#include "topologies/error.hpp"

namespace {

using namespace longhaul;

const std::string attack =
    "</script><script>document.title='attacked'</script><img src=x onerror=\"document.title='attacked'\">{{data}}";

void add_throughput_points(Results& results) {
  for (auto point : sample::results().points) {
    if (point.operation != "all_reduce") continue;
    point.point += 72;
    point.mode = "throughput";
    point.key += "/throughput";
    results.points.push_back(point);
  }
}

Results hard_results() {
  Results results = sample::results();
  results.launches.resize(1);
  results.launches[0].topology = results.launches[0].command = results.launches[0].environment = attack;
  results.launches[0].flags = "doubles";
  std::erase_if(results.visits, [](const VisitRow& visit) { return visit.launch != 0; });
  std::erase_if(results.ranks, [](const RankRow& rank) { return rank.launch != 0; });
  const auto has_no_visit = [&](const auto& row) { return row.visit >= std::ssize(results.visits); };
  std::erase_if(results.samples, has_no_visit);
  std::erase_if(results.rank_summary, has_no_visit);
  std::erase_if(results.soak, has_no_visit);
  std::erase_if(results.events, has_no_visit);
  std::erase_if(results.pairs, has_no_visit);
  std::erase_if(results.links, has_no_visit);
  results.ranks[0].host = attack;
  for (auto& link : results.links) link.link = attack;
  results.points[3].wrong = 12;
  results.points[3].converged = 0;
  results.points[3].reason = "wrong data" + attack;
  results.points[4].ci_low = results.points[4].ci_high = unknown_value;
  results.points[0].size = results.points[0].moved = 0;
  for (auto& visit : results.visits) {
    if (visit.point == 3) visit.flags |= flag_wrong_data;
    if (visit.point == 20) visit.flags |= flag_wan_not_felt;
  }
  add_throughput_points(results);
  return results;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    longhaul::write_results(argv[1], hard_results());
  } catch (const longhaul::Error& error) {
    fmt::print(stderr, "report_sample: {}\n", error.what());
    return static_cast<int>(error.exit_code());
  }
}
