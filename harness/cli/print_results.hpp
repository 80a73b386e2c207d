#pragma once
#include <string>

namespace longhaul {

/// The results of FILE on stdout, as `run --format` and `convert --to` name it: table, nccl-tests, json, csv, markdown,
/// none.
void print_results(const std::string& file, const std::string& format);

}  // namespace longhaul
