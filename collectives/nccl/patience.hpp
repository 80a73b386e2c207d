#pragma once
#include <chrono>

#include "topologies/units.hpp"

namespace longhaul::nccl {

/// A wait's end. Every wait of this module has one.
class Patience {
 public:
  explicit Patience(Duration limit) : begin_(std::chrono::steady_clock::now()), limit_(limit) {}
  Duration spent() const { return std::chrono::steady_clock::now() - begin_; }
  bool over() const { return spent() > limit_; }

 private:
  std::chrono::steady_clock::time_point begin_;
  Duration limit_;
};

}  // namespace longhaul::nccl
