// Writes the sample results of the unit tests as a file: format_sample FILE
#include <fmt/format.h>

#include "results/store.hpp"
#include "tests/results/sample_results.hpp"
#include "topologies/error.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    longhaul::write_results(argv[1], longhaul::sample::results());
  } catch (const longhaul::Error& error) {
    fmt::print(stderr, "format_sample: {}\n", error.what());
    return static_cast<int>(error.exit_code());
  }
}
