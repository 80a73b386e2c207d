#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "results/tables.hpp"

/// Points arranged as nccl-tests prints them, whether as text or as JSON.
namespace longhaul {

/// One line: the same point out of place and in place.
struct NcclRow {
  const PointRow* out_of_place = nullptr;
  const PointRow* in_place = nullptr;
  const PointRow& any() const { return out_of_place ? *out_of_place : *in_place; }
};

/// A table for each collective, algorithm, WAN setting, mode, backend, placement, settings and load, in order of
/// appearance; in it types and reductions in order of appearance, sizes ascending. Points that were never measured are
/// left out.
std::vector<std::vector<NcclRow>> nccl_tables(const std::vector<PointRow>& points);

/// Elements as nccl-tests counts them: of a rank's share where each rank has one.
std::int64_t nccl_count(const PointRow& point);

/// 0 for rooted collectives, else −1.
int nccl_root(const std::string& operation);

}  // namespace longhaul
