#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// Points as nccl-tests' JSON (-J, version 3), for parsers of it: booleans and roots are strings, as there. A document
/// holds one collective; a file with more tables becomes as many documents, one a line. What nccl-tests has no word for
/// (algorithm, WAN setting, mode, backend, placement, settings, scale of a lab) is under the key "longhaul", which the
/// import reads back. Numbers have six significant digits, so that export, import and export give the same.
std::string nccl_json(const Results& results);

}  // namespace longhaul
