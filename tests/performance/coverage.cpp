// How often the interval of the median holds the true median, by simulation: samples as a shared machine gives them,
// judged once after all rounds and by the whole stopping procedure. docs/method.md shows and explains the table.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
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
    {.name = "3 launches, effect 3 %, rounds 2 %",
     .noise = 0.05,
     .round_effect = 0.02,
     .launch_effect = 0.03,
     .launches = 3},
};

/// Stalled samples lie above the median for certain, so it is the quantile 0.5/(1 − stalls) of the rest: lognormal
/// around 1.
double true_median(const Scenario& scenario) {
  const double spread = std::hypot(scenario.noise, scenario.round_effect, scenario.launch_effect);
  return scenario.stalls > 0 ? std::exp(spread * normal_quantile(0.5 / (1 - scenario.stalls))) : 1;
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
    const double shift = launch_shifts_[static_cast<std::size_t>(launch)] + scenario_.round_effect * normal_(random_);
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
    visits.push_back(simulation.visit(round++));
    point.samples += visits.back().durations.size();
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
             "  --at-least SHARE   exit 1 where a row of two visits or more covers less\n"
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

/// One visit knows nothing of how visits differ: that row is shown where visits do not, and promises nothing.
bool applies(const Scenario& scenario, Ending ending) {
  return ending != Ending::single || (scenario.round_effect == 0 && scenario.launches == 1);
}

const char* name_of(Ending ending) {
  switch (ending) {
    case Ending::fixed:
      return "all 6";
    case Ending::stopped:
      return "stopped";
    case Ending::cut:
      return "cut at 3";
    case Ending::single:
      return "one";
  }
  return "";
}

bool print_row(const Scenario& scenario, const StoppingRule& rule, Ending ending, const Arguments& arguments) {
  const Outcome outcome = simulate(scenario, rule, ending, arguments.runs);
  const bool low = ending != Ending::single && outcome.coverage < arguments.at_least;
  fmt::print("| {:<43} | {:<8} | {:>7.0f} | {:>8.1f} | {:>7.0f} | {:>9.0f} | {:>6.0f} |{}\n", scenario.name,
             name_of(ending), rule.confidence * 100, outcome.coverage * 100, outcome.mean_samples,
             outcome.converged * 100, outcome.absent * 100, low ? " too low" : "");
  return !low;
}

int run(const Arguments& arguments) {
  const StoppingRule rule;
  fmt::print("{} simulated points a row; at most {} rounds, precision ±{} %; figures but samples in %\n\n",
             arguments.runs, rule.rounds, rule.precision * 100);
  fmt::print("| {:<43} | {:<8} | nominal | coverage | samples | converged | absent |\n", "samples", "rounds");
  fmt::print("| {:-<43} | {:-<8} | ------: | -------: | ------: | --------: | -----: |\n", "", "");
  bool good = true;
  for (const Scenario& scenario : scenarios)
    for (const Ending ending : {Ending::fixed, Ending::stopped, Ending::cut, Ending::single})
      if (applies(scenario, ending)) good = print_row(scenario, rule, ending, arguments) && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  longhaul::Arguments arguments;
  return longhaul::parse(argc, argv, arguments) ? longhaul::run(arguments) : longhaul::usage();
}
