#include "results/report.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>

#include "results/findings.hpp"
#include "results/rate_scale.hpp"
#include "results/report_data.hpp"
#include "results/report_verdicts.hpp"
#include "topologies/error.hpp"

namespace longhaul {

namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw EnvironmentError("{} is not readable; it comes with longhaul: build or install it again", path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string read_plotly(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path))
    throw EnvironmentError(
        "Plotly's bundle is not at {}; ./quickstart puts it there. By hand: python3 -m pip download --no-deps "
        "plotly==6.0.1 && unzip -p plotly-6.0.1-*.whl plotly/package_data/plotly.min.js > plotly.min.js, then --plotly "
        "plotly.min.js",
        path.string());
  return read_text(path);
}

/// Walks the page once and replaces each reference, so that nothing filled in is ever taken for a reference itself.
/// page.html is an ordinary page to work on: its own styles and scripts are named as usual, `{{name}}` is a text.
std::string expand(const std::string& page, const ReportAssets& assets,
                   const std::map<std::string, std::string>& texts) {
  struct Reference {
    std::string_view before, after, open, close;
  };
  constexpr Reference references[] = {{"<link rel=\"stylesheet\" href=\"", "\">", "<style>\n", "</style>"},
                                      {"<script src=\"", "\"></script>", "<script>\n", "</script>"},
                                      {"{{", "}}", "", ""}};
  const auto resolve = [&](const Reference& reference, const std::string& name) {
    if (reference.open.empty()) return texts.at(name);
    return name == "plotly.min.js" ? read_plotly(assets.plotly) : read_text(assets.folder / name);
  };
  std::string out;
  std::size_t at = 0;
  while (true) {
    std::size_t next = std::string::npos;
    const Reference* found = nullptr;
    for (const auto& reference : references)
      if (const auto place = page.find(reference.before, at); place < next) next = place, found = &reference;
    out.append(page, at, next - at);
    if (!found) return out;
    const auto name_at = next + found->before.size();
    const auto name_end = page.find(found->after, name_at);
    out.append(found->open).append(resolve(*found, page.substr(name_at, name_end - name_at))).append(found->close);
    at = name_end + found->after.size();
  }
}

/// "4 ranks in 2 sites", "two-campus-metro", "Open MPI v4.1.4", "1:500 scaled lab", "2026-05-04": what a reader asks
/// first.
std::string subtitle(const Results& results) {
  if (results.launches.empty()) return "no launch recorded";
  const auto& launch = results.launches.front();
  std::vector<std::string> parts;
  if (!launch.topology.empty()) parts.push_back(launch.topology);
  parts.push_back(fmt::format("{} ranks in {} site{}", launch.ranks, launch.sites, launch.sites == 1 ? "" : "s"));
  if (!launch.library.empty()) parts.push_back(launch.library.substr(0, launch.library.find(',')));
  if (launch.scale != 1)
    parts.push_back(rate_scale(launch) + (launch.scale == uncapped_scale ? " lab" : " scaled lab"));
  if (results.launches.size() > 1) parts.push_back(fmt::format("{} launches", results.launches.size()));
  if (!launch.started.empty()) parts.push_back(launch.started.substr(0, 10));
  return fmt::format("{}", fmt::join(parts, " · "));
}

/// Static, so that the answer is there for readers without scripts as well.
std::string summary_html(const ReportFile& file, std::size_t index) {
  std::string html = fmt::format("<section class=\"summary\" data-file=\"{}\" aria-label=\"Summary of {}\"{}>\n", index,
                                 escape_html(file.name), index > 0 ? " hidden" : "");
  html += fmt::format("<h1>{}</h1>\n<p class=\"subtitle\">{}</p>\n", escape_html(file.name),
                      escape_html(subtitle(file.results)));
  std::string list;
  Concern concern{};
  const auto close = [&] {
    if (!list.empty()) html += fmt::format("<ul class=\"findings {}\">\n{}</ul>\n", name_of(concern), list);
    list.clear();
  };
  for (const auto& finding : findings(file.results)) {
    if (finding.concern != concern) close();
    concern = finding.concern;
    const auto* label = concern == Concern::wrong      ? "<b>Wrong.</b> "
                        : concern == Concern::doubtful ? "<b>Doubtful.</b> "
                                                       : "";
    list += fmt::format("<li>{}{}</li>\n", label, escape_html(finding.text));
  }
  close();
  return html + "</section>\n";
}

std::string title_of(const std::vector<ReportFile>& files) {
  std::string title;
  for (const auto& file : files) title += (title.empty() ? "" : ", ") + file.name;
  return "Longhaul: " + title;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string render_report(const std::vector<ReportFile>& files, const ReportAssets& assets, const ReportRules& rules) {
  std::string summaries;
  for (std::size_t i = 0; i < files.size(); ++i) summaries += summary_html(files[i], i);
  return expand(read_text(assets.folder / "page.html"), assets,
                {{"title", escape_html(title_of(files))},
                 {"verdicts", verdicts_html(files, rules)},
                 {"summaries", summaries},
                 {"data", report_data(files)}});
}

}  // namespace longhaul
