#pragma once
#include <string>

namespace longhaul {

/// The results of FILE on stdout, as `run --format` and `convert --to` name it: table, nccl-tests, json, csv, markdown,
/// none.
void print_results(const std::string& file, const std::string& format);

/// Data to stdout, all of it.
/// @throws EnvironmentError when it cannot be written
void print_text(const std::string& text);

}  // namespace longhaul
