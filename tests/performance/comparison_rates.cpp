// How often `longhaul compare` is wrong when nothing differs, and how often it finds what does, by simulation: whole
// sweeps measured twice as `longhaul run` would, with its stopping rule. docs/compare.md shows and explains the table.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/stopping.hpp"
#include "results/comparison.hpp"

namespace longhaul {
namespace {

struct Scenario {
  std::string name;
  int points = 12;             ///< the default size axis
  int launches = 1;            ///< of each file
  double noise = 0.05;         ///< standard deviation of log duration within a visit
  double correlation = 0;      ///< of successive samples
  double stalls = 0;           ///< share of samples that take 3 to 20 times as long
  double round_effect = 0.01;  ///< standard deviation of a visit's log shift
  double shared_effect = 0;    ///< of a round's, shared by all points that are visited in it
  double uneven = 0;           ///< spread of points' own noise and round effect: standard deviation of its log
  double launch_effect = 0;    ///< of a launch's, shared by all its points
  bool promised = true;        ///< whether the rate of false verdicts is promised
};

const std::vector<Scenario> scenarios = {
    {.name = "rounds stray by 0.5 %", .round_effect = 0.005},
    {.name = "rounds stray by 1 %"},
    {.name = "rounds stray by 2 %", .round_effect = 0.02},
    {.name = "rounds by 1 %, samples of 20 %", .noise = 0.20},
    {.name = "rounds by 1 %, AR(1) 0.6", .correlation = 0.6},
    {.name = "rounds by 1 %, 5 % stalls", .stalls = 0.05},
    {.name = "rounds by 1 %, uneven points", .uneven = 0.7},
    {.name = "rounds by 1 %, shared by points", .round_effect = 0, .shared_effect = 0.01},
    {.name = "rounds by 1 %, half of it shared", .round_effect = 0.007, .shared_effect = 0.007},
    {.name = "rounds by 1 %, 96 points", .points = 96},
    {.name = "launches by 1 %, 3 of them", .launches = 3, .launch_effect = 0.01},
    {.name = "launches by 1 %, 5 of them", .launches = 5, .launch_effect = 0.01},
    {.name = "launches by 1 %, 1 (no promise)", .launch_effect = 0.01, .promised = false},
};

constexpr int samples_per_visit = 30;

/// One file: visits of each point until the stopping rule has enough, durations around `slowdown` of each point.
class Sweep {
 public:
  Sweep(const Scenario& scenario, const StoppingRule& rule, std::uint64_t seed)
      : scenario_(scenario), rule_(rule), random_(seed) {}

  Results measure(const std::vector<double>& slowdown) {
    for (int launch = 0; launch < scenario_.launches; ++launch) {
      results_.launches.push_back({});
      results_.launches.back().launch = launch;
      shifts_.push_back(scenario_.launch_effect * normal_(random_));
    }
    for (std::size_t i = 0; i < slowdown.size(); ++i) measure_point(static_cast<std::int32_t>(i), slowdown[i]);
    return std::move(results_);
  }

 private:
  void measure_point(std::int32_t index, double slowdown) {
    PointRow point;
    point.point = index;
    point.key = fmt::format("point {}", index);
    results_.points.push_back(point);
    unevenness_ = std::exp(scenario_.uneven * normal_(points_));
    std::vector<VisitSamples> visits;
    for (int launch = 0; launch < scenario_.launches; ++launch)
      for (int round = 0; round < rule_.rounds; ++round) {
        visits.push_back(visit(launch, round, slowdown));
        store(index, visits.back());
        const StoppingRule all{rule_.precision, rule_.confidence, rule_.rounds * scenario_.launches};
        if (look(all, visits, launch * rule_.rounds + round + 1).enough) break;
      }
  }

  VisitSamples visit(int launch, int round, double slowdown) {
    VisitSamples visit{launch, round, {}};
    const double shift = shifts_[static_cast<std::size_t>(launch)] + shared(launch, round) +
                         unevenness_ * scenario_.round_effect * normal_(random_);
    double state = normal_(random_);
    const double phi = scenario_.correlation;
    for (int i = 0; i < samples_per_visit; ++i) {
      const double stall = uniform_(random_) < scenario_.stalls ? 3 + 17 * uniform_(random_) : 1;
      visit.durations.push_back(1e-3 * slowdown * stall * std::exp(shift + unevenness_ * scenario_.noise * state));
      state = phi * state + std::sqrt(1 - phi * phi) * normal_(random_);
    }
    return visit;
  }

  double shared(int launch, int round) {
    const auto [shift, is_new] = shared_.try_emplace({launch, round}, 0);
    if (is_new) shift->second = scenario_.shared_effect * normal_(random_);
    return shift->second;
  }

  void store(std::int32_t point, const VisitSamples& samples) {
    VisitRow visit;
    visit.visit = static_cast<std::int32_t>(results_.visits.size());
    visit.point = point;
    visit.launch = samples.launch;
    visit.round = samples.round;
    visit.first_sample = static_cast<std::int64_t>(results_.samples.size());
    visit.sample_count = static_cast<std::int64_t>(samples.durations.size());
    for (const double duration : samples.durations) results_.samples.push_back({visit.visit, duration, -1, 0});
    results_.visits.push_back(visit);
  }

  const Scenario& scenario_;
  const StoppingRule& rule_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  std::vector<double> shifts_;
  std::map<std::pair<int, int>, double> shared_;
  std::mt19937_64 points_{7};  ///< what is uneven is so in both files alike
  double unevenness_ = 1;
  Results results_;
};

PairComparison compare_once(const Scenario& scenario, const std::vector<double>& slowdown, std::uint64_t seed) {
  const StoppingRule rule{.rounds = 5};  // `longhaul run`'s
  const std::vector<double> none(slowdown.size(), 1.0);
  const auto base = Sweep(scenario, rule, 2 * seed).measure(none);
  const auto other = Sweep(scenario, rule, 2 * seed + 1).measure(slowdown);
  return compare({{"base", &base}, {"other", &other}}, {}).pairs.front();
}

std::size_t verdicts(const PairComparison& pair) {
  return count(pair, ComparisonVerdict::slower) + count(pair, ComparisonVerdict::faster);
}

/// Share of comparisons of equals with any verdict of faster or slower.
double false_verdicts(const Scenario& scenario, int runs) {
  int wrong = 0;
  const std::vector<double> same(static_cast<std::size_t>(scenario.points), 1.0);
  for (int run = 0; run < runs; ++run) wrong += verdicts(compare_once(scenario, same, static_cast<unsigned>(run))) > 0;
  return static_cast<double>(wrong) / runs;
}

struct Found {
  double points = 0;  ///< share of slowed points with verdict slower
  double any = 0;     ///< share of comparisons that find at least one
};

/// All points slowed, or the first only.
Found found(const Scenario& scenario, double effect, bool all, int runs) {
  std::vector<double> slowdown(static_cast<std::size_t>(scenario.points), all ? 1 + effect : 1.0);
  slowdown.front() = 1 + effect;
  const double slowed = all ? scenario.points : 1;
  double points = 0, any = 0;
  for (int run = 0; run < runs; ++run) {
    const auto pair = compare_once(scenario, slowdown, 1'000'000 + static_cast<unsigned>(run));
    double hits = 0;
    for (std::size_t i = 0; i < pair.points.size(); ++i)
      hits += slowdown[i] > 1 && pair.points[i].verdict == ComparisonVerdict::slower;
    points += hits / slowed;
    any += hits > 0;
  }
  return {points / runs, any / runs};
}

struct Arguments {
  int runs = 400;
  double at_most = 1;
};

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--runs")
      arguments.runs = std::atoi(argv[i + 1]);
    else if (name == "--at-most")
      arguments.at_most = std::atof(argv[i + 1]);
    else
      return false;
  }
  return argc % 2 == 1 && arguments.runs > 0;
}

int usage() {
  fmt::print(stderr,
             "False verdicts and power of `longhaul compare`, by simulation.\n"
             "Usage: longhaul_comparison_rates [--runs N] [--at-most SHARE]\n"
             "  --runs N          simulated comparisons a cell (default 400)\n"
             "  --at-most SHARE   exit 1 where more comparisons of equals than that have a false verdict; no power\n"
             "Example: longhaul_comparison_rates --runs 2000\n");
  return 2;
}

void print_power(const Scenario& scenario, int runs) {
  for (const double effect : {0.02, 0.05, 0.10}) {
    const auto all = found(scenario, effect, true, runs), one = found(scenario, effect, false, runs);
    fmt::print(" {:>5.1f} / {:>5.1f} / {:>5.1f} |", all.any * 100, all.points * 100, one.points * 100);
  }
}

int run(const Arguments& arguments) {
  const bool check = arguments.at_most < 1;
  fmt::print("{} simulated comparisons a cell, in %; power: any point found / share found, all points slowed / one\n\n",
             arguments.runs);
  fmt::print("| {:<32} | false verdict | slower by 2 %         | by 5 %                | by 10 %               |\n",
             "");
  fmt::print("| {:-<32} | ------------: | --------------------: | --------------------: | --------------------: |\n",
             "");
  double worst = 0;
  for (const auto& scenario : scenarios) {
    const double rate = false_verdicts(scenario, arguments.runs);
    if (scenario.promised) worst = std::max(worst, rate);
    fmt::print("| {:<32} | {:>13.1f} |", scenario.name, rate * 100);
    if (!check) print_power(scenario, arguments.runs);
    fmt::print("\n");
  }
  if (worst <= arguments.at_most) return 0;
  fmt::print(stderr, "up to {:.1f} % of comparisons of equals have a false verdict, more than {} %\n", worst * 100,
             arguments.at_most * 100);
  return 1;
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  longhaul::Arguments arguments;
  return longhaul::parse(argc, argv, arguments) ? longhaul::run(arguments) : longhaul::usage();
}
