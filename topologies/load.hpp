#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "topologies/model.hpp"

namespace longhaul {

/// A topology by its name in the catalogue, else by the path of a file. docs/topologies.md is the reference of the
/// format.
/// @throws UsageError with file, line and column for whatever the file gets wrong; for an unknown name, the nearest one
Topology load_topology(const std::string& name_or_path);

/// Names of the topologies that come with the program, sorted.
/// @throws EnvironmentError when the catalogue is not where it was installed
std::vector<std::string> catalogue_names();

/// The topology that this YAML describes.
/// @param source  the file's name, for messages and Topology::source
Topology parse_topology(std::string_view text, const std::string& source);

}  // namespace longhaul
