#include "harness/cli/launches.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "harness/estimate.hpp"
#include "harness/launch/launcher.hpp"
#include "harness/reporter.hpp"
#include "results/store.hpp"
#include "topologies/text_file.hpp"

namespace longhaul {

int Launches::once(const std::vector<std::string>& options, Duration limit) const {
  auto words = starter;
  words.insert(words.end(), command.begin(), command.end());
  words.insert(words.end(), {"--format", "none", "--columns", std::to_string(terminal_columns())});
  words.insert(words.end(), options.begin(), options.end());
  if (limit > Duration{0}) words.insert(words.end(), {"--for", fmt::format("{} ns", limit.count())});
  int code = run_launcher(words, file + ".hang.json");
  if (launcher_interrupted() != 0 && code == 1)
    code = 0;  // Open MPI's own word for a job that was signalled and ended well
  const int meaning = meaning_of_launcher(code);
  if (meaning != 0 && meaning != code)
    fmt::print(stderr,
               "longhaul: a rank or {0} itself was lost ({0} ended with {1}); finished visits are in {2}; "
               "go on with --resume\n",
               words.front(), code, file);
  return meaning;
}

int Launches::until_decided(const DecisionRules& rules, const Plan& plan,
                            std::chrono::steady_clock::time_point end) const {
  for (;;) {
    const auto decision = decide(file, rules);
    const auto left = Duration(end - std::chrono::steady_clock::now());
    if (decision.undecided.empty() || left <= Duration{0} || launcher_interrupted() != 0) {
      fmt::print(stderr, "{}", decision.text);
      return static_cast<int>(exit_code_of(decision.verdict));
    }
    const auto keys = file + ".undecided";
    write_text_file(keys, fmt::format("{}\n", fmt::join(decision.undecided, "\n")));
    const auto launches = read_results(file).launches.back().slot + 2;
    const int code = once({"--resume", "--only", keys, "--precision", "0.01%", "--launches", std::to_string(launches)},
                          further_launch_time(plan, left));
    std::filesystem::remove(keys);
    if (code != 0) return code;
  }
}

}  // namespace longhaul
