#pragma once
#include <cstdlib>
#include <optional>
#include <string>

namespace longhaul {

/// A variable of the environment that has a value for as long as this lives. An empty value changes nothing.
class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* name, const std::string& value) : name_(name), changed_(!value.empty()) {
    if (!changed_) return;
    if (const char* const before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~ScopedEnvironment() {
    if (!changed_) return;
    if (before_)
      setenv(name_, before_->c_str(), 1);
    else
      unsetenv(name_);
  }
  ScopedEnvironment(ScopedEnvironment&&) = delete;
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  const char* name_;
  bool changed_;
  std::optional<std::string> before_;
};

}  // namespace longhaul
