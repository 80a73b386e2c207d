// A run that measures nothing: writes made-up visits to a store as fast as it can, so that tests can kill it, fill its
// disk, and read what is left. Every visit carries a token that is known before it is written.
//
//   store_writer write FILE TOKEN [COUNT]   append visits TOKEN, TOKEN + 1, … (for ever); print each token once it is
//   stored store_writer read FILE                  print the tokens of FILE, one a line, each with what hangs on it
//   checked store_writer compact FILE               join the parts
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "results/store.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr int kPoints = 12;
constexpr int kRanks = 3;

int samples_of(long token) { return static_cast<int>(token % 40); }
double duration_of(long token, int sample) { return static_cast<double>(token) + sample / 64.0; }

LaunchRow launch_row(long token) {
  LaunchRow launch;
  launch.id = std::to_string(token);
  launch.ranks = kRanks;
  launch.topology_text = std::string(2000, '#');
  return launch;
}

PointRow point_row(long token) {
  PointRow point;
  point.size = token % kPoints;
  point.key = "point " + std::to_string(point.size);
  return point;
}

void append(Store& store, int launch, long token) {
  VisitRow visit;
  visit.launch = launch;
  visit.point = store.point_index(point_row(token));
  visit.elapsed = static_cast<double>(token);
  std::vector<SampleRow> samples(static_cast<std::size_t>(samples_of(token)));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i].duration = duration_of(token, static_cast<int>(i));
  std::vector<PairRow> pairs(1);
  pairs[0].measured_rtt = static_cast<double>(token);
  std::vector<RankSummaryRow> ranks(kRanks);
  for (auto& rank : ranks) rank.last = token;
  store.append(visit, std::move(samples), std::move(pairs), {}, std::move(ranks));
}

/// The line goes out by one system call: a token is printed whole or not at all.
void announce(long token) {
  const auto line = fmt::format("{}\n", token);
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::exit(1);
}

void write(const std::string& file, long token, long count) {
  Store store(file, true);
  const int launch = store.begin_launch(launch_row(token), std::vector<RankRow>(kRanks), {});
  for (const long end = token + count; token < end; ++token) {
    append(store, launch, token);
    announce(token);
    PointRow summary = point_row(token);
    summary.median = static_cast<double>(token);
    store.summarise(summary);
    if (token % 3 == 0) store.compact(token % 2 == 0);
  }
}

void check(bool holds, const char* what, long token) {
  if (!holds) throw std::runtime_error(fmt::format("visit {}: {}", token, what));
}

void read(const std::string& file) {
  const auto results = read_results(file);
  std::size_t row = 0;
  for (const auto& visit : results.visits) {
    const auto token = static_cast<long>(visit.elapsed);
    const auto& launch = results.launches[static_cast<std::size_t>(visit.launch)];
    check(visit.sample_count == samples_of(token), "samples are missing", token);
    for (int i = 0; i < samples_of(token); ++i)
      check(results.samples[static_cast<std::size_t>(visit.first_sample + i)].duration == duration_of(token, i),
            "samples of another", token);
    check(results.points[static_cast<std::size_t>(visit.point)].key == point_row(token).key, "another point", token);
    check(token >= std::stol(launch.id) && launch.ranks == kRanks, "another launch", token);
    check(results.pairs[row].measured_rtt == visit.elapsed && results.pairs[row].visit == visit.visit, "pairs", token);
    for (std::size_t i = 0; i < kRanks; ++i)
      check(results.rank_summary[row * kRanks + i].last == token, "ranks", token);
    ++row;
    fmt::print("{}\n", token);
  }
  check(results.pairs.size() == row && results.ranks.size() == kRanks * results.launches.size(), "stray rows", -1);
}

int run(const std::vector<std::string>& words) {
  if (words.size() >= 3 && words[0] == "write")
    write(words[1], std::stol(words[2]), words.size() > 3 ? std::stol(words[3]) : 1L << 40);
  else if (words.size() == 2 && words[0] == "read")
    read(words[1]);
  else if (words.size() == 2 && words[0] == "compact")
    Store(words[1], true).compact(true);
  else
    throw UsageError("usage: store_writer write FILE TOKEN [COUNT] | read FILE | compact FILE");
  return 0;
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  try {
    return longhaul::run({argv + 1, argv + argc});
  } catch (const longhaul::Error& error) {
    fmt::print(stderr, "store_writer: {}\n", error.what());
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    fmt::print(stderr, "store_writer: {}\n", error.what());
    return 100;
  }
}
