#pragma once
#include <chrono>

namespace longhaul::wan {

using Duration = std::chrono::nanoseconds;

/// Time since a fixed point of the caller's choosing (the monotonic clock's, or a test's zero). Nothing in this folder
/// reads a clock: 'now' is always passed in.
using Time = std::chrono::nanoseconds;

}  // namespace longhaul::wan
