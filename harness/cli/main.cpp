#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

#include "harness/cli/commands.hpp"
#include "topologies/error.hpp"
#include "topologies/nearest.hpp"

namespace {

constexpr const char* kAbout =
    "Longhaul measures collective communication over local and long-haul links.\n"
    "Try it on this machine:  longhaul run --lab --topology two-campus-metro --collective all_reduce -o out.h5";

/// CLI11 says "The following argument was not expected: raport"; people want the word they meant.
std::string usage_message(const CLI::App& program, const CLI::ParseError& error, int argc, char** argv) {
  std::string message = error.what();
  if (argc > 1 && argv[1][0] != '-' && program.get_subcommands().empty()) {
    std::vector<std::string> verbs;
    for (const auto* verb : program.get_subcommands(nullptr))
      if (!verb->get_group().empty()) verbs.push_back(verb->get_name());
    message = fmt::format("unknown verb '{}'; expected one of {}", argv[1], fmt::join(verbs, ", "));
    if (const auto meant = longhaul::nearest(argv[1], verbs); !meant.empty())
      message = fmt::format("unknown verb '{}'; did you mean '{}'?", argv[1], meant);
  }
  return message;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{kAbout, "longhaul"};
  program.set_version_flag("--version", LONGHAUL_VERSION);
  program.require_subcommand(1);
  program.failure_message(CLI::FailureMessage::simple);
  longhaul::Action action;
  longhaul::add_run_command(program, action);
  longhaul::add_lab_command(program, action);
  longhaul::add_submit_command(program, action);
  longhaul::add_report_command(program, action);
  longhaul::add_compare_command(program, action);
  longhaul::add_gate_command(program, action);
  longhaul::add_convert_command(program, action);
  longhaul::add_topology_command(program, action);
  longhaul::add_doctor_command(program, action);
  longhaul::add_watch_command(program, action);
  longhaul::add_describe_commands(program, action);
  try {
    program.parse(argc, argv);
    return action();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    fmt::print(stderr, "longhaul: {}\n", usage_message(program, error, argc, argv));
    return static_cast<int>(longhaul::ExitCode::usage);
  } catch (const longhaul::Error& error) {
    if (*error.what() != '\0') fmt::print(stderr, "longhaul: {}\n", error.what());  // empty: another rank has told
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    fmt::print(stderr, "longhaul: internal error: {}\n", error.what());
    return static_cast<int>(longhaul::ExitCode::environment);
  }
}
