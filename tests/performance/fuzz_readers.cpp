// Random damage to what people and other tools write: text and JSON of nccl-tests, text of OSU, acceptance YAML,
// results files. A reader may refuse (UsageError) or return rows that hang together; anything else ends the program.
// Damage to a results file seldom gets past its checksum. So one kind has the checksum made anew: what HDF5 itself does
// with such a file, each in a child with a time limit, is counted and not held against us; what we do with its rows is.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "results/acceptance.hpp"
#include "results/acceptance_draft.hpp"
#include "results/checksum.hpp"
#include "results/imported.hpp"
#include "results/integrity.hpp"
#include "results/nccl_tests.hpp"
#include "results/stated_length.hpp"
#include "results/store.hpp"
#include "tests/results/sample_results.hpp"
#include "tests/topologies/scratch.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr const char* nccl_json =
    R"({"version":3,"args":["all_reduce_perf","-g","2"],"config":{"devices":[{},{}]},"results":[{"size":1024,"count":256,"type":"float","redop":"sum","root":"-1","out_of_place":{"time":10.5,"alg_bw":0.1,"bus_bw":inf,"nwrong":0.0},"in_place":null}]})";
constexpr const char* osu_text =
    "# OSU MPI Allreduce Latency Test v7.4\n# Size Avg Latency(us)\n4 2.50\n8 3.50 1.0 9.0 1000\n";

constexpr unsigned kLongest = 60;  ///< s for one input, on a busy machine

struct Seed {
  const char* name;
  std::string text;
  void (*read)(const std::string&);
};

void read_import(const std::string& text) {
  const auto results = import_text(text, {"fuzz", "all_reduce", 4}).results;
  if (const auto problem = first_inconsistency(results); !problem.empty()) {
    fmt::print(stderr, "inconsistent: {}\n", problem);
    std::abort();
  }
  nccl_tests(results);
}

void read_yaml(const std::string& text) { parse_acceptance(text, "fuzz"); }

void read_hdf5(const std::string& text) {
  static const Scratch scratch;
  write_text(scratch / "fuzz.h5", text);
  // As long as it says and without a checksum, a damaged file is HDF5's own to bear, and 1.10.8 may loop in it for
  // ever.
  const bool unguarded = verify_checksum(scratch / "fuzz.h5") == Checksum::absent;
  if (unguarded && stated_length(scratch / "fuzz.h5") == text.size()) return;
  read_results(scratch / "fuzz.h5");
}

std::string sample_file() {
  const Scratch scratch;
  auto results = sample::results();
  results.points.resize(2);
  std::erase_if(results.visits, [](const VisitRow& visit) { return visit.visit > 1; });
  const auto beyond = [](const auto& row) { return row.visit > 1; };
  std::erase_if(results.samples, beyond);
  std::erase_if(results.pairs, beyond);
  std::erase_if(results.links, beyond);
  std::erase_if(results.rank_summary, beyond);
  std::erase_if(results.soak, beyond);
  std::erase_if(results.events, beyond);
  write_results(scratch / "sample.h5", results);
  return read_text(scratch / "sample.h5");
}

std::string damaged(std::string text, std::mt19937_64& random) {
  static const std::vector<std::string> pieces{"\n", "# ", "nan", "inf", "-1", "999999999999999999999",
                                               "{",  "[",  "\"",  ": ",  "\t", "N/A"};
  for (auto changes = 1 + random() % 6; changes > 0 && !text.empty(); --changes) {
    const auto at = random() % text.size();
    switch (random() % 5) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text.erase(at, random() % 64); break;
      case 2: text.insert(at, pieces[random() % pieces.size()]); break;
      case 3: text.insert(at, text.substr(random() % text.size(), random() % 200)); break;
      default: text.resize(at); break;
    }
  }
  return text;
}

/// Bytes changed, none added or lost, and the checksum right again.
std::string damaged_within(std::string text, std::mt19937_64& random) {
  constexpr std::size_t trailer = 16;
  std::vector<std::byte> image;
  for (auto changes = 1 + random() % 6; changes > 0; --changes)
    text[random() % (text.size() - trailer)] = static_cast<char>(random());
  for (std::size_t i = 0; i + trailer < text.size(); ++i) image.push_back(static_cast<std::byte>(text[i]));
  append_checksum(image);
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

/// What became of files whose checksum is right though their bytes are not.
struct Guarded {
  long tried = 0, refused = 0, read = 0, lost = 0, late = 0;
};

/// In a child: 0 read and hanging together, 1 refused, 2 inconsistent.
[[noreturn]] void read_in_child(const std::filesystem::path& file) {
  constexpr unsigned longest = 10;  // s
  alarm(longest);
  if (const int null = open("/dev/null", O_WRONLY | O_CLOEXEC); null >= 0) dup2(null, STDERR_FILENO);
  try {
    _exit(first_inconsistency(read_results(file)).empty() ? 0 : 2);
  } catch (const Error&) {
    _exit(1);
  }
}

/// @return false when rows that do not hang together came through
bool read_guarded(const std::string& text, Guarded& guarded) {
  static const Scratch scratch;
  write_text(scratch / "fuzz.h5", text);
  const pid_t child = fork();
  if (child == 0) read_in_child(scratch / "fuzz.h5");
  int status = 0;
  waitpid(child, &status, 0);
  ++guarded.tried;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    ++guarded.late;
  else if (!WIFEXITED(status) || WEXITSTATUS(status) > 2)
    ++guarded.lost;  // of a sanitizer too
  else if (WEXITSTATUS(status) == 2)
    return false;
  else
    ++(WEXITSTATUS(status) == 0 ? guarded.read : guarded.refused);
  return true;
}

/// The kind by itself: a child an input is slow.
int run_guarded(double seconds, std::uint64_t seed) {
  const auto sample = sample_file();
  std::mt19937_64 random(seed);
  Guarded guarded;
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() < seconds) {
    const auto text = damaged_within(sample, random);
    if (read_guarded(text, guarded)) continue;
    fmt::print(stderr, "results file, checksum made anew: rows that do not hang together; the input is in fuzz.bin\n");
    write_text("fuzz.bin", text);
    return 1;
  }
  fmt::print("checksum anew      {:>9} inputs, {:>9} refused, {} read, {} lost to a fault, {} after 10 s\n",
             guarded.tried, guarded.refused, guarded.read, guarded.lost, guarded.late);
  return 0;
}

int run(double seconds, std::uint64_t seed) {
  const auto results = sample::results();
  const std::vector<Seed> seeds{{"nccl-tests' text", nccl_tests(results), read_import},
                                {"nccl-tests' JSON", nccl_json, read_import},
                                {"OSU's text", osu_text, read_import},
                                {"acceptance YAML", draft_acceptance(results, "run.h5"), read_yaml},
                                {"results file", sample_file(), read_hdf5}};
  std::mt19937_64 random(seed);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<long> tried(seeds.size()), refused(seeds.size());
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() < seconds)
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      ++tried[i];
      const auto text = damaged(seeds[i].text, random);
      alarm(kLongest);  // a reader that hangs ends the program
      try {
        seeds[i].read(text);
      } catch (const UsageError&) {
        ++refused[i];
      } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}; the input is in fuzz.bin\n", seeds[i].name, error.what());
        write_text("fuzz.bin", text);
        return 1;
      }
    }
  alarm(0);
  for (std::size_t i = 0; i < seeds.size(); ++i)
    fmt::print("{:<18} {:>9} inputs, {:>9} refused\n", seeds[i].name, tried[i], refused[i]);
  return 0;
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  double seconds = 10, anew = -1;
  std::uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--seconds") seconds = std::atof(argv[i + 1]);
    if (std::string_view(argv[i]) == "--anew") anew = std::atof(argv[i + 1]);
    if (std::string_view(argv[i]) == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (argc % 2 == 0) {
    fmt::print(stderr,
               "Usage: longhaul_fuzz_readers [--seconds S] [--anew S] [--seed N]\n"
               "--anew: for results files whose checksum is made anew; default: a quarter of --seconds\n");
    return 2;
  }
  const int code = longhaul::run(seconds, seed);
  return code == 0 ? longhaul::run_guarded(anew < 0 ? seconds / 4 : anew, seed) : code;
}
