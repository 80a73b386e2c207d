#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/comparison.hpp"
#include "results/tables.hpp"
#include "topologies/units.hpp"

namespace longhaul {

struct Acceptance;

/// One results file of a report.
struct ReportFile {
  std::string name;  ///< as the reader should see it
  Results results;
};

/// What the files of a report are judged by.
struct ReportRules {
  const Acceptance* spec = nullptr;   ///< null: no gate
  const Results* baseline = nullptr;  ///< the gate's, for 'slowdown'
  std::vector<int> looks;             ///< the gate's, of each file; of those it lacks the first
  ComparisonOptions comparison;
  std::optional<BytesPerSecond> floor;  ///< that hosts of a pairwise pattern are to reach
};

/// What is inlined into the page; both come with the program (share/longhaul).
struct ReportAssets {
  std::filesystem::path folder;  ///< page.html and the styles and scripts it names
  std::filesystem::path plotly;  ///< plotly.min.js
};

/// One self-contained HTML page: styles, scripts and data inlined, no request to anywhere (its content security policy
/// forbids them). Text from the files reaches the page escaped, or as data that only becomes text.
/// @throws EnvironmentError when an asset is missing; for Plotly's bundle it says how to get it
std::string render_report(const std::vector<ReportFile>& files, const ReportAssets& assets,
                          const ReportRules& rules = {});

/// Text for HTML: & < > " ' as entities.
std::string escape_html(std::string_view text);

}  // namespace longhaul
