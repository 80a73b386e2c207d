// Writes a pairwise pattern of six hosts, of which west-2 has a slow NIC: pairs_sample FILE
#include "results/store.hpp"
#include "tests/results/sample_pairs.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  longhaul::sample::PairShape shape;
  shape.factor = [](int a, int b, bool large, bool) { return (a == 1 || b == 1) && large ? 1.25 : 1.0; };
  longhaul::write_results(argv[1], longhaul::sample::pairs(shape));
  return 0;
}
