// How often the interval of the median holds the true median, by simulation: samples as a shared machine gives them,
// judged once after all rounds and by the whole stopping procedure. docs/method.md shows and explains the table.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/stopping.hpp"
#include "results/distributions.hpp"

namespace longhaul {
namespace {

struct Scenario {
  std::string name;
  double noise = 0.10;       ///< standard deviation of log duration within a visit
  double correlation = 0;    ///< φ of the AR(1) process behind it
  double stalls = 0;         ///< share of samples that take 3 to 20 times as long
  double round_effect = 0;   ///< standard deviation of a visit's log shift
  int samples = 30;          ///< a visit
  bool ragged = false;       ///< visits of a quarter to seven quarters of that
  double launch_effect = 0;  ///< standard deviation of a launch's log shift
  int launches = 1;          ///< rounds are dealt to launches in turn
  int visits = 1;            ///< a round
  double spoiled = 0;        ///< share of visits in which everything takes twice as long
  bool promised = true;      ///< whether the intervals claim to cover
};

enum class Ending {
  fixed,    ///< all rounds, one interval
  stopped,  ///< looks after each round, stopped by the rule
  cut,      ///< the same, but time is over after half the rounds
  single,   ///< one visit, one interval: between-visit variance is out of sight
};

struct Outcome {
  double coverage = 0, mean_samples = 0, converged = 0, absent = 0;  ///< shares, but for the samples
};

const std::vector<Scenario> scenarios = {
    {.name = "independent, lognormal 10 %"},
    {.name = "independent, lognormal 10 %, 5 a visit", .samples = 5},
    {.name = "independent, lognormal 30 %", .noise = 0.30},
    {.name = "heavy tail: 10 % stalls", .stalls = 0.10},
    {.name = "heavy tail: 10 % stalls, 5 a visit", .stalls = 0.10, .samples = 5},
    {.name = "AR(1) 0.3", .correlation = 0.3},
    {.name = "AR(1) 0.6", .correlation = 0.6},
    {.name = "AR(1) 0.9", .correlation = 0.9},
    {.name = "AR(1) 0.9, 200 a visit", .correlation = 0.9, .samples = 200},
    {.name = "round effect 2 %, noise 3 %", .noise = 0.03, .round_effect = 0.02},
    {.name = "round effect 5 %, noise 3 %", .noise = 0.03, .round_effect = 0.05},
    {.name = "round effect 5 %, noise 10 %, 5 a visit", .round_effect = 0.05, .samples = 5},
    {.name = "round effect 2 %, AR(1) 0.6, 5 % stalls", .correlation = 0.6, .stalls = 0.05, .round_effect = 0.02},
    {.name = "round effect 2 %, visits of 7 to 52", .round_effect = 0.02, .ragged = true},
    {.name = "round effect 5 %, 4 visits of 5 a round", .round_effect = 0.05, .samples = 5, .visits = 4},
    {.name = "the same, 4 % of visits spoiled", .round_effect = 0.05, .samples = 5, .visits = 4, .spoiled = 0.04},
    {.name = "launch effect 3 %, 3 launches",
     .noise = 0.05,
     .round_effect = 0.02,
     .launch_effect = 0.03,
     .launches = 3},
    {.name = "launch effect 3 %, 2 (no promise)",
     .noise = 0.05,
     .round_effect = 0.02,
     .launch_effect = 0.03,
     .launches = 2,
     .promised = false},
    {.name = "launch effect 3 %, 1 (no promise)",
     .noise = 0.05,
     .round_effect = 0.02,
     .launch_effect = 0.03,
     .promised = false},
};

/// Stalled and spoiled samples lie above the median for certain, so it is the quantile 0.5/(1 − their share) of the
/// rest: lognormal around 1.
double true_median(const Scenario& scenario) {
  const double spread = std::hypot(scenario.noise, scenario.round_effect, scenario.launch_effect);
  const double above = std::max(scenario.stalls, scenario.spoiled);
  return above > 0 ? std::exp(spread * normal_quantile(0.5 / (1 - above))) : 1;
}

class Simulation {
 public:
  Simulation(const Scenario& scenario, unsigned seed) : scenario_(scenario), random_(seed) {
    for (int launch = 0; launch < scenario.launches; ++launch)
      launch_shifts_.push_back(scenario.launch_effect * normal_(random_));
  }

  VisitSamples visit(int round) {
    const int launch = round % scenario_.launches;
    VisitSamples visit{launch, round, {}};
    double shift = launch_shifts_[static_cast<std::size_t>(launch)] + scenario_.round_effect * normal_(random_);
    if (scenario_.spoiled > 0 && uniform_(random_) < scenario_.spoiled) shift += std::log(2);
    double state = normal_(random_);
    const int samples =
        scenario_.ragged ? static_cast<int>(scenario_.samples * (0.25 + 1.5 * uniform_(random_))) : scenario_.samples;
    for (int i = 0; i < samples; ++i) {
      visit.durations.push_back(std::exp(shift + scenario_.noise * state) * stall());
      state = scenario_.correlation * state +
              std::sqrt(1 - scenario_.correlation * scenario_.correlation) * normal_(random_);
    }
    return visit;
  }

 private:
  double stall() { return uniform_(random_) < scenario_.stalls ? 3 + 17 * uniform_(random_) : 1; }

  const Scenario& scenario_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  std::vector<double> launch_shifts_;
};

int rounds_at_most(Ending ending, const StoppingRule& rule) {
  if (ending == Ending::single) return 1;
  return ending == Ending::cut ? rule.rounds / 2 : rule.rounds;
}

/// One point, measured and judged.
struct Judged {
  std::optional<Interval> interval;
  bool converged = false;
  std::size_t samples = 0;
};

Judged measure(const Scenario& scenario, const StoppingRule& rule, Ending ending, unsigned seed) {
  Simulation simulation(scenario, seed);
  const bool looking = ending == Ending::stopped || ending == Ending::cut;
  Judged point;
  std::vector<VisitSamples> visits;
  int round = 0;
  bool enough = false;
  while (!enough && round < rounds_at_most(ending, rule)) {
    for (int again = 0; again < scenario.visits; ++again) {
      visits.push_back(simulation.visit(round));
      point.samples += visits.back().durations.size();
    }
    ++round;
    enough = looking && look(rule, visits, round).enough;
  }
  point.interval = looking ? final_interval(rule, visits, round) : median_interval(visits, rule.confidence);
  point.converged = precise_enough(rule, visits, point.interval);
  return point;
}

Outcome simulate(const Scenario& scenario, const StoppingRule& rule, Ending ending, int runs) {
  const double truth = true_median(scenario);
  int held = 0, judged = 0, converged = 0;
  std::size_t samples = 0;
  for (int run = 0; run < runs; ++run) {
    const Judged point = measure(scenario, rule, ending, static_cast<unsigned>(run));
    samples += point.samples;
    converged += point.converged;
    judged += point.interval.has_value();
    held += point.interval && point.interval->low <= truth && truth <= point.interval->high;
  }
  const auto share = [](auto part, int whole) { return whole > 0 ? static_cast<double>(part) / whole : 1; };
  return {share(held, judged), share(samples, runs), share(converged, runs), 1 - share(judged, runs)};
}

int usage() {
  fmt::print(stderr,
             "Coverage of the median's confidence interval, by simulation.\n"
             "Usage: longhaul_coverage [--runs N] [--at-least COVERAGE]\n"
             "  --runs N           simulated points a row (default 2000)\n"
             "  --at-least SHARE   exit 1 where all rounds, stopped or cut cover less\n"
             "Example: longhaul_coverage --runs 10000\n");
  return 2;
}

struct Arguments {
  int runs = 2000;
  double at_least = 0;
};

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--runs")
      arguments.runs = std::atoi(argv[i + 1]);
    else if (name == "--at-least")
      arguments.at_least = std::atof(argv[i + 1]);
    else
      return false;
  }
  return argc % 2 == 1 && arguments.runs > 0;
}

/// One visit knows nothing of how visits differ: it is shown where they do not, and promises nothing.
std::string one_visit(const Scenario& scenario, const StoppingRule& rule, int runs) {
  if (scenario.round_effect > 0 || scenario.launch_effect > 0) return "";
  const Outcome outcome = simulate(scenario, rule, Ending::single, runs);
  if (outcome.absent == 1) return "absent";
  return fmt::format("{:.1f} of {:.0f}", outcome.coverage * 100, (1 - outcome.absent) * 100);
}

/// @return the least coverage of the endings that promise one; 1 where the scenario does not
double print_row(const Scenario& scenario, const StoppingRule& rule, int runs) {
  const Outcome fixed = simulate(scenario, rule, Ending::fixed, runs);
  const Outcome stopped = simulate(scenario, rule, Ending::stopped, runs);
  const Outcome cut = simulate(scenario, rule, Ending::cut, runs);
  fmt::print("| {:<41} | {:>6.1f} | {:>7.1f} | {:>8.1f} | {:>10} | {:>12.0f} | {:>9.0f} |\n", scenario.name,
             fixed.coverage * 100, stopped.coverage * 100, cut.coverage * 100, one_visit(scenario, rule, runs),
             stopped.mean_samples, stopped.converged * 100);
  return !scenario.promised ? 1 : std::min({fixed.coverage, stopped.coverage, cut.coverage});
}

/// @return the least coverage in the table
double print_coverage(int runs) {
  const StoppingRule rule;
  fmt::print("{} simulated points a row, nominal {} %, precision ±{} %; all in % but the samples\n\n", runs,
             rule.confidence * 100, rule.precision * 100);
  fmt::print("| {:<41} | {:>6} | stopped | cut at {} | one visit  | samples used | converged |\n", "coverage",
             fmt::format("all {}", rule.rounds), rule.rounds / 2);
  fmt::print("| {:-<41} | -----: | ------: | -------: | ---------: | -----------: | --------: |\n", "");
  double least = 1;
  for (const Scenario& scenario : scenarios) least = std::min(least, print_row(scenario, rule, runs));
  return least;
}

/// The same 60 samples, dealt to few long visits or many short ones: share of points that converge.
void print_budgets(int runs) {
  fmt::print(
      "\nConverged of 60 samples at most, in %\n\n| noise | round effect | 3 × 20 | 4 × 15 | 5 × 12 | 6 × 10 | 10 × 6 "
      "|\n");
  fmt::print("| ----: | -----------: | -----: | -----: | -----: | -----: | -----: |\n");
  for (const auto& [noise, effect] : {std::pair{0.05, 0.01}, {0.10, 0.0}, {0.10, 0.02}, {0.10, 0.04}, {0.20, 0.02}}) {
    fmt::print("| {:>3.0f} % | {:>10.0f} % |", noise * 100, effect * 100);
    for (const int rounds : {3, 4, 5, 6, 10}) {
      const Scenario scenario{
          .name = "", .noise = noise, .stalls = 0.03, .round_effect = effect, .samples = 60 / rounds};
      const StoppingRule rule{.rounds = rounds};
      fmt::print(" {:>6.0f} |", simulate(scenario, rule, Ending::stopped, runs).converged * 100);
    }
    fmt::print("\n");
  }
}

int run(const Arguments& arguments) {
  const double least = print_coverage(arguments.runs);
  if (arguments.at_least == 0) print_budgets(arguments.runs);
  if (least >= arguments.at_least) return 0;
  fmt::print(stderr, "coverage is as low as {:.1f} %, below {} %\n", least * 100, arguments.at_least * 100);
  return 1;
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  longhaul::Arguments arguments;
  return longhaul::parse(argc, argv, arguments) ? longhaul::run(arguments) : longhaul::usage();
}
