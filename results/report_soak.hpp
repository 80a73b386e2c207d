#pragma once
#include <nlohmann/json_fwd.hpp>

#include "results/tables.hpp"

namespace longhaul {

/// Every soak for the page: what it was, its rate over time in even steps, its events with what was felt of them.
nlohmann::json soak_data(const Results& results);

}  // namespace longhaul
