#!/usr/bin/python3
"""Whether `longhaul report` names what is wrong with a fabric, and nothing else: labs with planted faults, and clean ones.

    LONGHAUL=build/bin/longhaul tests/performance/diagnosis.py --clean 20 --faulty 10

Seven hosts in three sites; planted at once: one NIC at 80 %, one link 30 ms longer, one of four members dead. Prints a
line a run and the tally; exit 1 where anything was missed or named wrongly. tests/integration/diagnosis_test.py runs one
of each.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TOPOLOGY = """
name: diagnosis
title: Three sites for the diagnosis
sites:
  - name: east
    hosts: east[1-3]
    fabric: {technology: Ethernet, host_rate: 100 Mbit/s}
  - name: west
    hosts: west[1-3]
    fabric: {technology: Ethernet, host_rate: 100 Mbit/s}
  - name: north
    hosts: north1
    fabric: {technology: Ethernet, host_rate: 100 Mbit/s}
links:
  - {name: fourfold, between: [east, west], rtt: 2 ms, members: 4 x 1 Gbit/s}
  - {name: long, between: [west, north], rtt: 2 ms, members: 1 x 1 Gbit/s}
  - {name: short, between: [east, north], rtt: 2 ms, members: 1 x 1 Gbit/s}
"""
FAULTS = "nic:east2=80%,link:long=+30ms,member:fourfold/2=dead"
NAMED = ["the NIC of east2", "the link long (west–north)", "fourfold member 2, east to west", "fourfold member 2, west to east"]
# Every pair needs connections enough that no member of four stays empty by chance: 9 of them a launch.
RUN = ["--hosts-per-site", "3", "--pattern", "pairwise", "--size", "8B,384KiB", "--rounds", "1",
       "--visit-time", "200ms", "--quiet", "--format", "none"]


def longhaul(*words):
    done = subprocess.run([os.environ["LONGHAUL"], *words], capture_output=True, text=True, check=False, timeout=900)
    if done.returncode != 0:
        sys.exit(f"longhaul {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def named_in_a_lab(folder, faults, seed, launches=4, samples=4):
    """What the report says stands out and why, after a run in a lab with these faults."""
    (folder / "topology.yaml").write_text(TOPOLOGY, encoding="utf-8")
    file = folder / "run.h5"
    file.unlink(missing_ok=True)
    planted = ["--fault", faults] if faults else []
    longhaul("run", "--lab", "--topology", str(folder / "topology.yaml"), *RUN, "--launches", str(launches), "--min-samples", str(samples),
             "--seed", str(seed), *planted, "-o", str(file))
    lines = longhaul("report", str(file), "-o", str(folder / "run.html")).splitlines()
    return dict(line.removeprefix("doubtful: ").split(" stands out: ") for line in lines if " stands out: " in line)


def campaign(folder, faults, expected, runs):
    """Runs in which exactly what was planted was named."""
    exact = 0
    for seed in range(runs):
        begin = time.time()
        named = named_in_a_lab(folder, faults, seed + 1)
        exact += sorted(named) == sorted(expected)
        verdict = "exact" if sorted(named) == sorted(expected) else "WRONG"
        print(f"{'faulty' if faults else 'clean'} {seed + 1}: {verdict}, {time.time() - begin:.0f} s: {'; '.join(named) or 'nothing'}",
              flush=True)
        if sorted(named) != sorted(expected):
            print("\n".join(f"    {name}: {why}" for name, why in named.items()), flush=True)
    return exact


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=int, default=20)
    parser.add_argument("--faulty", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        faulty = campaign(folder, FAULTS, NAMED, options.faulty)
        clean = campaign(folder, "", [], options.clean)
    print(f"faults: {faulty} of {options.faulty} runs named exactly; clean: {clean} of {options.clean} runs named nothing")
    return 0 if (faulty, clean) == (options.faulty, options.clean) else 1


if __name__ == "__main__":
    sys.exit(main())
