#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// Points that differ in WAN setting and size only: one set of latency and bandwidth curves.
struct Curve {
  PointRow series;                     ///< a point of it; size, wan and what was measured are not meaningful
  std::vector<std::string> wans;       ///< in order of appearance
  std::vector<std::int64_t> sizes;     ///< ascending
  std::vector<std::ptrdiff_t> points;  ///< wan × size, row by row: index into the points, −1 where none was planned

  std::ptrdiff_t at(std::size_t wan, std::size_t size) const { return points[wan * sizes.size() + size]; }
};

/// Name of a point's series, fit for an HDF5 group and a netCDF name:
/// "all_reduce.flat.float32.sum.out-of-place.latency.mpi.4.2a-2b".
std::string series_name(const PointRow& point);

/// The same for people: "all_reduce · flat · float32 sum · out of place · latency · mpi · 4 ranks (2a,2b)".
std::string series_title(const PointRow& point);

/// All series, in order of their first point.
std::vector<Curve> curves_of(const std::vector<PointRow>& points);

}  // namespace longhaul
