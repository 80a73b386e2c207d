#include "harness/watch/last_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <thread>

#include "harness/watch/agreement.hpp"
#include "harness/watch/watchdog.hpp"
#include "topologies/utf8.hpp"

namespace longhaul {
namespace {

/// Deadlines of ranks that entered together end together, to within this.
constexpr auto kExchangePatience = std::chrono::milliseconds(500);
/// The first process that ends takes the job with it: whoever speaks has to be first.
constexpr auto kSpeakersLead = std::chrono::milliseconds(150);

template <std::size_t size>
void put(char (&field)[size], const std::string& text) {
  std::ranges::copy(first_bytes(text, size - 1), field);
}

LastWord own_word(const Progress* progress, const Error& error) {
  LastWord word;
  word.code = static_cast<std::int32_t>(error.exit_code());
  put(word.reason, error.what());
  if (progress == nullptr || progress->sequence.load() == 0) return word;
  word.sequence = progress->sequence.load();
  put(word.where, place_of(*progress));
  const auto now = Duration(std::chrono::steady_clock::now().time_since_epoch());
  word.spent = seconds(now - Duration(progress->since_ns.load()));
  return word;
}

std::string ranks_word(const std::vector<int>& ranks) {
  return fmt::format("rank{} {}", ranks.size() == 1 ? "" : "s", rank_list(ranks));
}

bool is(const std::optional<LastWord>& word, ExitCode code) {
  return word && word->code == static_cast<std::int32_t>(code);
}

/// A hang, or a loss. Where a rank's deadline strikes it aborts, and ranks that wait with it, having entered a little
/// later, see the loss of a peer: a loss that came no sooner than that is part of the hang. Who does not answer may be
/// what was lost, so that a loss has to be later there.
ExitCode code_of(const std::vector<std::optional<LastWord>>& words) {
  double hung = std::numeric_limits<double>::infinity();
  for (const auto& word : words)
    if (is(word, ExitCode::hung)) hung = std::min(hung, word->spent);
  const bool all_answer = std::ranges::all_of(words, [](const auto& word) { return word.has_value(); });
  const auto is_cause = [&](const auto& word) {
    return is(word, ExitCode::environment) && word->spent < hung * (all_answer ? 0.5 : 0.75);
  };
  return std::ranges::any_of(words, is_cause) ? ExitCode::environment : ExitCode::hung;
}

}  // namespace

std::string rank_list(const std::vector<int>& ranks) {
  std::string text;
  for (std::size_t i = 0; i < ranks.size();) {
    std::size_t last = i;
    while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", ranks[i]);
    if (last > i) text += fmt::format("-{}", ranks[last]);
    i = last + 1;
  }
  return text;
}

std::string host_and_device(const std::string& host, const std::string& device) {
  return device.empty() ? host : fmt::format("{}, {}", host, device);
}

Obituary obituary(const std::vector<std::optional<LastWord>>& words, const std::vector<std::string>& places,
                  const std::string& kept) {
  std::uint64_t farthest = 0;
  std::string where = "the set-up of the communicators";
  double spent = 0;
  for (const auto& word : words)
    if (word && !is(word, ExitCode::done) && word->sequence > farthest) {
      farthest = word->sequence;
      where = word->where;
      spent = word->spent;
    }
  const bool waited = std::ranges::any_of(words, [](const auto& word) { return is(word, ExitCode::hung); });
  std::vector<std::string> parts;
  std::vector<int> waiting, resting;
  std::map<std::string, std::vector<int>> reasons;
  for (std::size_t rank = 0; rank < words.size(); ++rank) {
    const auto& word = words[rank];
    if (!word) {
      // Where nobody waited for it until the deadline, it may well have entered and wait itself.
      parts.push_back(fmt::format("rank {} ({}) {}does not answer", rank, places[rank],
                                  waited ? fmt::format("did not enter {} and ", where) : ""));
      continue;
    }
    if (is(word, ExitCode::done)) {
      resting.push_back(static_cast<int>(rank));
      continue;
    }
    if (word->sequence < farthest)
      parts.push_back(fmt::format("rank {} ({}) is behind, in {}", rank, places[rank],
                                  *word->where != '\0' ? word->where : "the set-up of the communicators"));
    else
      waiting.push_back(static_cast<int>(rank));
    reasons[word->reason].push_back(static_cast<int>(rank));
  }
  if (!waiting.empty())
    parts.push_back(fmt::format("{} {} in {}{}", ranks_word(waiting), waiting.size() == 1 ? "is" : "are", where,
                                spent > 0 ? " for " + format_duration(from_seconds(spent)) : ""));
  if (!resting.empty())
    parts.push_back(fmt::format("{} {} no part in it", ranks_word(resting), resting.size() == 1 ? "has" : "have"));
  for (const auto& [reason, ranks] : reasons) {
    parts.push_back(fmt::format("{} ({}{}): {}", ranks_word(ranks), places[static_cast<std::size_t>(ranks.front())],
                                ranks.size() > 1 ? ", …" : "", reason));
  }
  Obituary result;
  result.code = code_of(words);
  result.text = fmt::format("{}.{}", fmt::join(parts, "; "), kept.empty() ? "" : " Finished visits are in " + kept);
  return result;
}

void tell_last_words(World& world, const Progress* progress, const std::vector<std::string>& places, const Error& error,
                     const std::function<std::string()>& kept) {
  const auto words = world.exchange_last(own_word(progress, error), kExchangePatience);
  std::vector<std::string> where;
  for (std::size_t rank = 0; rank < words.size(); ++rank)
    where.push_back(host_and_device(world.hosts()[rank], places[rank]));
  const auto told = obituary(words, where, kept());
  const auto speaker = std::ranges::find_if(words, [](const auto& word) { return word.has_value(); }) - words.begin();
  if (speaker == world.rank()) {
    fmt::print(stderr, "longhaul: {}\n", told.text);
    std::fflush(stderr);
  } else {
    std::this_thread::sleep_for(kSpeakersLead);
  }
  throw AlreadyTold(told.code);
}

}  // namespace longhaul
