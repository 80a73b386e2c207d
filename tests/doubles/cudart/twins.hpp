#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace longhaul::doubles {

/// The host's form of one kernel.
struct Twin {
  struct Parameter {
    std::size_t offset = 0, size = 0;
  };
  std::string name;
  std::vector<Parameter> parameters;  ///< of the kernel, in order
  std::size_t bytes = 0;              ///< of all parameters, laid out as offsets say
  /// As `threads` CUDA threads, one after the other.
  std::function<void(std::size_t threads, void* values)> run;
  /// What is wrong with a pointer among the arguments; empty when nothing is.
  std::function<std::string(const void* values)> wrong_pointer;
};

/// Null for a kernel that has none.
const Twin* twin_of(const std::string& name);

}  // namespace longhaul::doubles
