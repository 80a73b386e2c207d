#pragma once
#include "collectives/mpi/world.hpp"

namespace longhaul::test {

/// The world that main() made; tests run on all its ranks at once, in one order.
World& ranks();

}  // namespace longhaul::test
