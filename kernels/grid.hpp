#pragma once
#include <cstddef>

namespace longhaul {

/// Which elements of 0 … count are one worker's: first, first + stride, … A host thread takes all of its stretch (0,
/// 1); a CUDA thread its own number and the number of threads, so that neighbouring threads touch neighbouring
/// elements.
struct Grid {
  std::size_t first = 0, stride = 1, count = 0;
};

}  // namespace longhaul
