#pragma once
#include <gtest/gtest.h>

#include <string>

#include "topologies/error.hpp"

namespace longhaul {

/// The message of the UsageError that `act` must raise; fails the test when it raises none.
template <class Act>
std::string usage_error_of(Act act) {
  try {
    act();
  } catch (const UsageError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::usage);
    return error.what();
  }
  ADD_FAILURE() << "no UsageError was raised";
  return {};
}

}  // namespace longhaul
