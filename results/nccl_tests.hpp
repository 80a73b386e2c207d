#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// Points as nccl-tests prints them (2.17 to 2.19), for parsers of its text: one table per collective, algorithm, WAN
/// setting and mode, named in the comment above it; times are medians. The half that was not measured reads N/A;
/// the average at the end is of the numbers as printed, so that a reader of the text comes to the same.
/// Source of the layout: NVIDIA nccl-tests, src/util.cu.
std::string nccl_tests(const Results& results);

/// A number in `width` characters: two decimals, one, none, then exponent, as fits.
std::string shrunk(double value, int width);

}  // namespace longhaul
