#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// What the text itself may not say.
struct ImportHints {
  std::string source;      ///< the file's name: kept as the launch's command, and part of its id
  std::string collective;  ///< where the text names none; empty: then its tables are skipped
  int ranks = 0;           ///< where the text does not count them; 0: then its tables are skipped
};

/// Lines that hold no result we know.
struct SkippedLines {
  std::size_t first = 0, last = 0;  ///< counted from 1
  std::string why;
};

/// Another tool's results as ours. Its points carry no samples: one value each, a visit a file. A collective that broke
/// off is a point that was never measured, with a reason that begins with "failed".
struct Imported {
  Results results;
  std::vector<SkippedLines> skipped;
};

/// nccl-tests' text of any version from 2.0 on (also through mpirun --tag-output, with NCCL's log in between), its
/// JSON, or the text of OSU's collective latency tests; told apart by what stands in them.
/// @throws UsageError when there is no result in it at all
Imported import_text(std::string_view text, const ImportHints& hints);

/// A whole file, unpacked where it is gzipped.
/// @throws UsageError when it cannot be read, or unpacks to more than 256 MiB
std::string read_packed(const std::string& path);

}  // namespace longhaul
