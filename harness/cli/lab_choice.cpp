#include "harness/cli/lab_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "topologies/error.hpp"

namespace longhaul {

LabFabric chosen_lab(const std::string& id) {
  if (const auto lab = current_lab(); lab && id.empty()) return *lab;
  const auto labs = running_labs();
  std::vector<std::string> ids;
  for (const auto& lab : labs) {
    if (lab.id == id) return lab;
    ids.push_back(lab.id);
  }
  if (id.empty() && labs.size() == 1) return labs.front();
  const auto running = ids.empty() ? std::string("none is") : fmt::format("running: {}", fmt::join(ids, ", "));
  if (id.empty())
    throw UsageError("{}; {}", labs.empty() ? "no lab is running" : "several labs are running, say which with --lab ID",
                     labs.empty() ? "start one with: longhaul lab --topology NAME -- COMMAND" : running);
  throw UsageError("no lab '{}' is running; {}", id, running);
}

}  // namespace longhaul
