#pragma once
#include <string>
#include <vector>

namespace longhaul {

/// How a program ended and what it said.
struct ProgramResult {
  int code = 0;  ///< exit code; 127: could not be run
  std::string out, err;
};

/// Runs a program found on PATH, or where system tools lie, and waits for it.
ProgramResult run_program(const std::vector<std::string>& command);

/// As a shell would take it, quoted only where it must be.
std::string shell_text(const std::vector<std::string>& command);

}  // namespace longhaul
