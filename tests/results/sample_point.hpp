#pragma once
#include <cstdint>
#include <string>

#include "results/tables.hpp"

namespace longhaul::sample {

/// A flat one over MPI at native distance, two campuses of two ranks each; not measured.
inline PointRow point_of(const std::string& operation, std::int64_t size) {
  PointRow point;
  point.operation = operation;
  point.algorithm = "flat";
  point.type = "float32";
  point.reduce_op = operation.find("reduce") != std::string::npos ? "sum" : "none";
  point.mode = "latency";
  point.wan = "native";
  point.backend = "mpi";
  point.placement = "2a,2b";
  point.ranks = 4;
  point.size = point.moved = size;
  return point;
}

}  // namespace longhaul::sample
