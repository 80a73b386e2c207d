#pragma once
#include <chrono>
#include <string>

namespace longhaul {

/// Leaves a process behind, of no terminal and no session, that takes a journal's entry back when its time is over,
/// unless another has taken its place by then. Should that process be killed, `longhaul wan clean --expired` does it.
/// @throws EnvironmentError
void start_lease(const std::string& id, std::chrono::system_clock::time_point until);

}  // namespace longhaul
