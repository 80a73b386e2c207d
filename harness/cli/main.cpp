#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "harness/cli/commands.hpp"
#include "harness/cli/usage.hpp"
#include "topologies/error.hpp"

namespace {

constexpr const char* kAbout =
    "Longhaul measures collective communication over local and long-haul links.\n"
    "Try it on this machine:  longhaul run --lab --topology two-campus-metro --collective all_reduce -o out.h5";

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{kAbout, "longhaul"};
  program.set_version_flag("--version", LONGHAUL_VERSION);
  program.require_subcommand(1);
  program.failure_message(CLI::FailureMessage::simple);
  longhaul::Action action;
  longhaul::add_run_command(program, action);
  longhaul::add_lab_command(program, action);
  longhaul::add_wan_command(program, action);
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
    fmt::print(stderr, "longhaul: {}\n", longhaul::usage_message(program, error, {argv + 1, argv + argc}));
    return static_cast<int>(longhaul::ExitCode::usage);
  } catch (const longhaul::Error& error) {
    if (*error.what() != '\0') fmt::print(stderr, "longhaul: {}\n", error.what());  // empty: another rank has told
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    fmt::print(stderr, "longhaul: internal error: {}\n", error.what());
    return static_cast<int>(longhaul::ExitCode::environment);
  }
}
