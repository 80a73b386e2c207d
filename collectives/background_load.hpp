#pragma once

namespace longhaul {

/// Compute beside communication: runs from when a device gave it until it goes.
class BackgroundLoad {
 public:
  virtual ~BackgroundLoad() = default;
  /// Multiply-adds per second since it began.
  virtual double rate() const = 0;
};

}  // namespace longhaul
