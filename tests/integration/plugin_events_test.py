#!/usr/bin/python3
# ctest: lab, 90 s, alone
"""The network plugin's WAN goes by the same events as the lab's: what a cut swallows comes later, and comes right."""
import os
import pathlib
import subprocess

import h5py

EVENTS = """
events:
  - {at: 1 s, cut: north-east, protection: 400 ms, for: 1500 ms}
  - {at: 3300 ms, cut: north-east, for: 700 ms}
"""


def soak(events, topology, size, length, *more):
    """What a soak of three ranks, one a site, stored; its data are right and nothing failed."""
    pathlib.Path("soak.h5").unlink(missing_ok=True)
    pathlib.Path("events.yaml").write_text(events, encoding="utf-8")
    subprocess.run(["mpirun", "-np", "3", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
                    os.environ["LONGHAUL"], "run", "--backend", "net", "--wan", "plugin", "--topology", topology, "--collective", "all_reduce",
                    "--size", size, "--for", length, "--events", "events.yaml", "--quiet", "--format", "none", "-o", "soak.h5", *more],
                   env={**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}, check=True, timeout=50,
                   stdin=subprocess.DEVNULL)
    with h5py.File("soak.h5") as results:
        assert set(results["points/mode"][:]) == {b"soak"}
        assert results["launches/wan_engine"][0] == b"plugin"
        assert results["visits/wrong"][0] == 0 and not any(results["events/failed"][:])
        return {"kinds": [kind.decode() for kind in results["events/kind"][:]], "stalls": results["events/stall"][:],
                "recoveries": results["events/recovery"][:],
                "soak": list(zip(results["soak/started"][:], results["soak/duration"][:]))}


pathlib.Path("events.yaml").write_text(EVENTS, encoding="utf-8")
refused = subprocess.run([os.environ["LONGHAUL"], "run", "--wan", "plugin", "--backend", "net", "--events", "events.yaml", "--for", "7s", "--mode",
                          "latency", "-o", "refused.h5"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
assert refused.returncode == 2 and "--mode latency: a run with events measures in mode soak" in refused.stderr, refused.stderr

cuts = soak(EVENTS, f"{os.environ['LONGHAUL_SOURCE_DIR']}/tests/integration/two-ways.yaml", "64KiB", "5s")
kinds, stalls, recoveries = cuts["kinds"], cuts["stalls"], cuts["recoveries"]
assert kinds == ["cut", "restore", "cut", "restore"], kinds
assert 0.4 <= stalls[0] < 1.2, f"until the way round: {stalls}"
assert max(stalls[2], stalls[3]) >= 0.7, f"until the restore: {stalls}"
assert 0.4 <= recoveries[0] < 1.4, recoveries


# Over 10 ms: under a tenth of the rate a collective takes far longer; over the longer way a little; after each, as before.
QUIET = """
events:
  - {at: 1 s, brownout: north-east, rate: 10 %, for: 2500 ms}
  - {at: 5 s, reroute: north-east, protection: 0 ms, for: 1500 ms}
"""
TOPOLOGY = """
name: triangle
title: Three sites, two ways
sites:
  - {name: north, hosts: n1, fabric: {host_rate: 4 Gbit/s}}
  - {name: south, hosts: s1, fabric: {host_rate: 4 Gbit/s}}
  - {name: east, hosts: e1, fabric: {host_rate: 4 Gbit/s}}
links:
  - {between: [north, south], rtt: 30 ms, members: 1 x 1 Gbit/s}
  - {between: [south, east], rtt: 30 ms, members: 1 x 1 Gbit/s}
  - {between: [north, east], rtt: 20 ms, members: 1 x 1 Gbit/s}
"""
pathlib.Path("triangle.yaml").write_text(TOPOLOGY, encoding="utf-8")
found = soak(QUIET, "triangle.yaml", "1MiB", "7s", "--wan-rtt", "native:rate=200Mbit/s")
assert found["kinds"] == ["brownout", "restore", "reroute", "restore"], found["kinds"]


def typical(begin, end):
    inside = [duration for started, duration in found["soak"] if begin <= started and started + duration <= end]
    assert len(inside) > 1, (begin, end, found["soak"])
    return sorted(inside)[len(inside) // 2]


usual, brown, restored, rerouted = typical(0, 1), typical(1.1, 3.5), typical(4, 5), typical(5.2, 6.5)
assert brown > 3 * usual, f"a tenth of the rate: {usual} before, {brown} in the brownout"
assert restored < 1.5 * usual, f"{usual} before, {restored} after the brownout"
assert usual + 0.005 < rerouted < usual + 0.25, f"40 ms longer round trip: {usual} before, {rerouted} over the other way"
print("passed")
