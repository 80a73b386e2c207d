#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// /points as CSV (RFC 4180, LF): a head with the names of its columns, `scale` of the lab's rates and `flags`, the
/// names of the marks that any visit has; units as in docs/format.md, numbers so that they read back the same, an
/// unknown number empty.
std::string csv(const Results& results);

/// A text as a field of CSV: quoted where it must be (RFC 4180).
std::string csv_field(const std::string& text);

}  // namespace longhaul
