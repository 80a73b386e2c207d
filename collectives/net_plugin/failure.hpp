#pragma once
#include <string>

#include "collectives/net_plugin/abi.hpp"

namespace longhaul::net {

/// What goes wrong within the plugin: thrown inside, told to NCCL's log and returned as a code at its border. (The
/// project's own Error needs libraries that do not belong into other people's processes.)
struct Failure {
  Result result;
  std::string text;
};

}  // namespace longhaul::net
