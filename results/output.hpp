#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// Text that results can be turned into, as `run --format` and `convert --to` name it.
enum class OutputFormat { table, markdown, nccl_tests, nccl_tests_json, csv, json };

/// "table", "markdown", "nccl-tests", "nccl-tests-json", "csv", "json".
std::vector<std::string> output_format_names();

/// @throws UsageError naming the formats there are, and the nearest one
OutputFormat parse_output_format(std::string_view name);

/// The format that a file of this name would have: .csv, .json, .md; .txt is the table. Absent for any other.
std::optional<OutputFormat> output_format_of(const std::filesystem::path& file);

std::string render(const Results& results, OutputFormat format);

}  // namespace longhaul
