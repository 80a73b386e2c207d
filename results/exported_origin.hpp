#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// What a table of another tool's must say of the launches behind it, so that a gate takes what is imported from it for
/// what it is: emulated, made with doubles. Of all launches of a file together.
struct ExportedOrigin {
  std::int32_t scale = 1;  ///< uncapped_scale where one launch was, else the greatest
  std::string wan_engine = "none";
  std::string flags;  ///< commas between

  /// Takes in what else is told; nothing that was told is forgotten.
  void add(const ExportedOrigin& more);
};

ExportedOrigin exported_origin(const Results& results);

/// As read back from a table: the launch is of this origin too.
void add_origin(LaunchRow& launch, const ExportedOrigin& origin);

}  // namespace longhaul
