// Shapes this host as `longhaul run --wan netem` does, with tbf in netem's place, until its input ends:
// netem_run TOPOLOGY DEVICE SETTING. Each line of input is answered by what the WAN carried since the last.
#include <cstdio>
#include <iostream>
#include <string>

#include "topologies/error.hpp"
#include "topologies/load.hpp"
#include "topologies/netem/control.hpp"

int main(int, char** arguments) try {
  using namespace longhaul;
  const auto topology = load_topology(arguments[1]);
  NetemOptions options;
  options.device = arguments[2];
  options.holder = Holder::tbf;
  const auto wan = connect_netem(topology, options);
  wan->apply(resolve_wan(arguments[3], topology));
  wan->reset_counters();
  std::puts("applied");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    for (const auto& link : wan->report().links)
      std::cout << topology.sites[link.from].name << '-' << topology.sites[link.to].name << ' ' << link.bytes << ' '
                << link.drops << '\n';
    std::cout << "end\n" << std::flush;
    wan->reset_counters();
  }
  return 0;
} catch (const longhaul::Error& error) {
  std::cerr << error.what() << '\n';
  return static_cast<int>(error.exit_code());
}
