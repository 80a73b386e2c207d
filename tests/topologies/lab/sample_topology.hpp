#pragma once
#include "topologies/lab/lab.hpp"

namespace longhaul {

/// Three sites in a row: a –(1 ms, 4 × 100 Gbit/s)– b –(3 ms, 1 × 400 Gbit/s)– c, one way.
inline Topology three_in_a_row() {
  using namespace std::chrono_literals;
  Topology topology;
  topology.name = "row";
  topology.title = "Three in a row";
  topology.text = "name: row\n";
  for (const std::string name : {"a", "b", "c"})
    topology.sites.push_back({name, {name + "1", name + "2", name + "3"}, 8, {"RoCE", from_bits_per_second(800e9)}});
  Link first;
  first.name = "a-b";
  first.a = 0;
  first.b = 1;
  first.plain_rtt = 2ms;
  first.members = {4, from_bits_per_second(100e9)};
  Link second;
  second.name = "b-c";
  second.a = 1;
  second.b = 2;
  second.medium = Medium::smf;
  second.length = {100};
  second.plain_rtt = 6ms;
  second.members = {1, from_bits_per_second(400e9)};
  second.loss = {0.001};
  topology.links = {first, second};
  return topology;
}

inline LabFabric sample_fabric() {
  LabFabric fabric;
  fabric.id = "lab-Ab12Cd";
  fabric.folder = "/run/longhaul/lab-Ab12Cd";
  fabric.topology = three_in_a_row();
  fabric.hosts = {{"a1", "a", "10.1.0.1", 2}, {"b1", "b", "10.2.0.1", 2}};
  fabric.interface = "lh0";
  fabric.scale = 200;
  fabric.congestion_control = "cubic";
  fabric.gateway = "tun";
  return fabric;
}

}  // namespace longhaul
