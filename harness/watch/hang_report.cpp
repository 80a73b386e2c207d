#include "harness/watch/hang_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "collectives/progress.hpp"
#include "harness/watch/last_words.hpp"
#include "topologies/text.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostNamed = 4;    // ranks of one kind told one by one
constexpr std::size_t kFramesShown = 6;  // of a stack, on a terminal
constexpr std::size_t kMostLinksShown = 4;

struct Located {
  const RankReport* rank;
  const HostReport* host;
};

std::vector<Located> all_ranks(const HangReport& report) {
  std::vector<Located> all;
  for (const auto& host : report.hosts)
    for (const auto& rank : host.ranks) all.push_back({&rank, &host});
  std::ranges::sort(all, {}, [](const Located& each) { return each.rank->rank; });
  return all;
}

/// The collective that the farthest rank has entered.
const RankReport* farthest(const std::vector<Located>& ranks) {
  const RankReport* far = nullptr;
  for (const auto& each : ranks)
    if (far == nullptr || each.rank->sequence > far->sequence) far = each.rank;
  return far;
}

bool is_gone(const RankReport& rank) { return rank.process == "gone"; }
/// In a collective, and yet not waiting for others.
bool is_halted(const RankReport& rank) { return rank.process == "stopped" || rank.process == "waiting for a device"; }
bool is_in(const RankReport& rank, std::uint64_t sequence) {
  return rank.sequence == sequence && rank.state == Progress::entered;
}
std::string span_of(double time) { return format_duration(from_seconds(time)); }

std::string ranks_of(const std::vector<Located>& ranks) {
  std::vector<int> numbers;
  for (const auto& each : ranks) numbers.push_back(each.rank->rank);
  std::ranges::sort(numbers);
  return fmt::format("rank{} {}", numbers.size() == 1 ? "" : "s", rank_list(numbers));
}

/// "rank 3 (gpu-b07, 0000:1b:00.0): sampling for 31 s after all_reduce #1841 (4 MiB); process stopped"
std::string describe(const Located& each) {
  const auto& rank = *each.rank;
  const auto before = rank.where.empty() ? std::string("before any collective") : "after " + rank.where;
  return fmt::format("rank {} ({}): {} for {} {}; process {}", rank.rank, host_and_device(each.host->host, rank.device),
                     rank.phase, span_of(rank.since), before, rank.process);
}

std::string line(const char* head, const std::string& text) { return fmt::format("  {:<14}{}\n", head, text); }

std::string listed(const char* head, const std::vector<Located>& ranks) {
  std::string lines;
  for (std::size_t i = 0; i < std::min(ranks.size(), kMostNamed); ++i)
    lines += line(i == 0 ? head : "", describe(ranks[i]));
  if (ranks.size() > kMostNamed)
    lines += line("", fmt::format("and {} more: {}", ranks.size() - kMostNamed,
                                  ranks_of({ranks.begin() + kMostNamed, ranks.end()})));
  return lines;
}

std::string short_stack(const std::string& stack) {
  auto frames = split(stack, '\n');
  std::erase(frames, "");
  frames.resize(std::min(frames.size(), kFramesShown));
  for (auto& frame : frames) frame = frame.substr(0, frame.rfind(" +"));
  return fmt::format("{}", fmt::join(frames, " < "));
}

std::string links_line(const HangReport& report) {
  std::vector<std::string> words;
  for (const auto& host : report.hosts)
    for (const auto& link : host.links)
      words.push_back(link.rtt < 0 ? fmt::format("{}→{} does not answer", link.from, link.to)
                                   : fmt::format("{}→{} answers in {}", link.from, link.to, span_of(link.rtt)));
  // What does not answer comes first, if not all can be shown.
  std::ranges::stable_partition(words, [](const auto& word) { return word.ends_with("not answer"); });
  if (words.size() > kMostLinksShown) words.resize(kMostLinksShown);
  return words.empty() ? "" : line("links", fmt::format("{}", fmt::join(words, " · ")));
}

std::string silent_hosts(const HangReport& report) {
  std::string lines;
  for (const auto& host : report.hosts)
    if (!host.answered)
      lines += line("no answer", fmt::format("host {} (rank{} {})", host.host, host.expected.size() == 1 ? "" : "s",
                                             rank_list(host.expected)));
  return lines;
}

Json to_json(const RankReport& rank) {
  return {{"rank", rank.rank},
          {"pid", rank.pid},
          {"state", rank.state},
          {"sequence", rank.sequence},
          {"where", rank.where},
          {"phase", rank.phase},
          {"since_s", rank.since},
          {"process", rank.process},
          {"fault", rank.fault},
          {"device", rank.device},
          {"stack", split(rank.stack, '\n')}};
}

/// As JSON where it is, else as it is.
Json json_or_text(const std::string& text) {
  auto parsed = Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? Json(text) : parsed;
}

Json to_json(const HostReport& host) {
  Json ranks = Json::array(), links = Json::array();
  for (const auto& rank : host.ranks) ranks.push_back(to_json(rank));
  for (const auto& link : host.links)
    links.push_back({{"from", link.from}, {"to", link.to}, {"rtt_s", link.rtt < 0 ? Json() : Json(link.rtt)}});
  return {{"host", host.host}, {"site", host.site}, {"expected", host.expected},         {"answered", host.answered},
          {"ranks", ranks},    {"links", links},    {"nccl_ras", json_or_text(host.ras)}};
}

/// What ranks and libraries say may hold any bytes.
std::string written(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

ExitCode code_of(const HangReport& report) {
  const bool lost = std::ranges::any_of(
      report.hosts, [](const HostReport& host) { return !host.answered || std::ranges::any_of(host.ranks, is_gone); });
  return lost ? ExitCode::environment : ExitCode::hung;
}

std::string text_of(const HangReport& report) {
  const auto ranks = all_ranks(report);
  const auto* far = farthest(ranks);
  const auto sequence = far != nullptr ? far->sequence : 0;
  const auto where = far != nullptr && !far->where.empty() ? far->where : std::string("the set-up");
  std::vector<Located> waiting, halted, behind, beyond, gone;
  for (const auto& each : ranks) {
    if (is_gone(*each.rank))
      gone.push_back(each);
    else if (is_in(*each.rank, sequence) && is_halted(*each.rank))
      halted.push_back(each);
    else if (is_in(*each.rank, sequence))
      waiting.push_back(each);
    else if (each.rank->sequence < sequence)
      behind.push_back(each);
    else
      beyond.push_back(each);
  }
  // Who is stopped, or stands longest, is the likeliest culprit.
  for (auto* group : {&behind, &beyond})
    std::ranges::stable_sort(*group, std::ranges::greater{}, [](const Located& each) {
      return std::pair(each.rank->process == "stopped", each.rank->since);
    });
  std::string text = fmt::format("longhaul: stuck at {}: {}\n", where, report.reason);
  if (!waiting.empty())
    text += line("waiting in it", fmt::format("{} for {}", ranks_of(waiting), span_of(waiting.front().rank->since)));
  text += listed("halted in it", halted) + listed("never entered", behind) +
          listed(waiting.empty() && behind.empty() && halted.empty() ? "stand" : "left it", beyond) +
          listed("gone", gone) + silent_hosts(report) + links_line(report);
  for (const auto* group : {&behind, waiting.empty() ? &beyond : &waiting})
    if (!group->empty() && !group->front().rank->stack.empty())
      text +=
          line("stack", fmt::format("rank {}: {}", group->front().rank->rank, short_stack(group->front().rank->stack)));
  std::string ending =
      report.file.empty() ? "" : fmt::format(" Finished visits are in {}; go on with --resume.", report.file);
  if (!report.account.empty()) ending += " All that was seen is in " + report.account;
  if (!ending.empty()) text += " " + ending + "\n";
  return text;
}

std::string json_of(const HangReport& report) {
  Json hosts = Json::array();
  for (const auto& host : report.hosts) hosts.push_back(to_json(host));
  const Json all{{"reason", report.reason},
                 {"deadline_s", report.deadline},
                 {"results", report.file},
                 {"exit_code", static_cast<int>(code_of(report))},
                 {"hosts", hosts}};
  return written(all, 2) + "\n";
}

std::string line_of(const HostReport& report) { return written(to_json(report), -1); }

std::optional<HostReport> host_report_of(const std::string& text) try {
  const auto json = Json::parse(text);
  const auto& ras = json.at("nccl_ras");
  HostReport host{json.at("host"),
                  json.at("site"),
                  json.at("expected"),
                  json.at("answered"),
                  {},
                  {},
                  ras.is_string() ? ras.get<std::string>() : ras.dump()};
  for (const auto& rank : json.at("ranks"))
    host.ranks.push_back({rank.at("rank"), rank.at("pid"), rank.at("state"), rank.at("sequence"), rank.at("where"),
                          rank.at("phase"), rank.at("since_s"), rank.at("process"),
                          fmt::format("{}", fmt::join(rank.at("stack").get<std::vector<std::string>>(), "\n")),
                          rank.at("fault"), rank.at("device")});
  for (const auto& link : json.at("links"))
    host.links.push_back(
        {link.at("from"), link.at("to"), link.at("rtt_s").is_null() ? -1 : link.at("rtt_s").get<double>()});
  return host;
} catch (const Json::exception&) {
  return std::nullopt;
}

}  // namespace longhaul
