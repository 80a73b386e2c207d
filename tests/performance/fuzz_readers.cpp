// Random damage to what people and other tools write: text and JSON of nccl-tests, text of OSU, acceptance YAML,
// results files. A reader may refuse (UsageError) or return rows that hang together; anything else ends the program.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
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
#include "tests/results/scratch.hpp"
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
  for (std::size_t i = 0; i < seeds.size(); ++i)
    fmt::print("{:<18} {:>9} inputs, {:>9} refused\n", seeds[i].name, tried[i], refused[i]);
  return 0;
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  double seconds = 10;
  std::uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--seconds") seconds = std::atof(argv[i + 1]);
    if (std::string_view(argv[i]) == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (argc % 2 == 0) {
    fmt::print(stderr, "Usage: longhaul_fuzz_readers [--seconds S] [--seed N]\n");
    return 2;
  }
  return longhaul::run(seconds, seed);
}
