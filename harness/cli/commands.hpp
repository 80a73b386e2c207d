#pragma once
#include <CLI/CLI.hpp>
#include <functional>

namespace longhaul {

/// What the chosen verb does once the command line is parsed; returns the exit code.
using Action = std::function<int()>;

/// Each adds its verb to the program and, when that verb is parsed, sets the action. One file a verb.
void add_topology_command(CLI::App& program, Action& action);
void add_lab_command(CLI::App& program, Action& action);
void add_run_command(CLI::App& program, Action& action);
void add_wan_command(CLI::App& program, Action& action);
void add_wan_agree_command(CLI::App& wan, Action& action);
void add_submit_command(CLI::App& program, Action& action);
void add_report_command(CLI::App& program, Action& action);
void add_compare_command(CLI::App& program, Action& action);
void add_gate_command(CLI::App& program, Action& action);
void add_convert_command(CLI::App& program, Action& action);
void add_doctor_command(CLI::App& program, Action& action);
/// Hidden: what `run` starts on each host.
void add_watch_command(CLI::App& program, Action& action);
/// Hidden: `complete` (for shells) and `manual` (for the build).
void add_describe_commands(CLI::App& program, Action& action);

}  // namespace longhaul
