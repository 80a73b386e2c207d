#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace longhaul {

/// What the process tells its caller; docs/exit-codes in the README. The numbers are a contract with job scripts.
enum class ExitCode : int {
  done = 0,          ///< finished, or every rule passed
  failed = 1,        ///< an acceptance rule failed
  usage = 2,         ///< bad option, bad file, bad input
  inconclusive = 3,  ///< the samples do not support a verdict
  environment = 4,   ///< a device, permission, peer or program is missing
  hung = 5,          ///< timed out or hung, and diagnosed
  wrong_data = 6,    ///< a collective delivered wrong data
};

/// Base of every error this project raises: one line that says what, where, what was expected and what to do.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode exit_code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// The user's input is wrong (exit 2).
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
  template <class First, class... Rest>
  UsageError(fmt::format_string<First, Rest...> text, First&& first, Rest&&... rest)
      : Error(ExitCode::usage, fmt::format(text, std::forward<First>(first), std::forward<Rest>(rest)...)) {}
};

/// The machine lacks something: a device, a permission, a program, a peer (exit 4).
class EnvironmentError : public Error {
 public:
  explicit EnvironmentError(const std::string& message) : Error(ExitCode::environment, message) {}
  template <class First, class... Rest>
  EnvironmentError(fmt::format_string<First, Rest...> text, First&& first, Rest&&... rest)
      : Error(ExitCode::environment, fmt::format(text, std::forward<First>(first), std::forward<Rest>(rest)...)) {}
};

/// A deadline passed (exit 5).
class HangError : public Error {
 public:
  explicit HangError(const std::string& message) : Error(ExitCode::hung, message) {}
};

/// A collective delivered wrong data (exit 6).
class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(ExitCode::wrong_data, message) {}
};

}  // namespace longhaul
