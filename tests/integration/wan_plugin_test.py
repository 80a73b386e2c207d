#!/usr/bin/python3
# ctest: lab, 90 s, alone
"""`longhaul wan … --wan plugin`: a WAN for any process that loads the network plugin, changed and cut while it is in use."""
import json
import math
import os
import pathlib
import subprocess
import time

import h5py

LONGHAUL = os.environ["LONGHAUL"]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def wan(*words, code=0, says=""):
    done = subprocess.run([LONGHAUL, "wan", *words, "--wan", "plugin"], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == code, f"wan {words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    assert says in done.stdout + done.stderr, f"wan {words} lacks '{says}': {done.stdout}{done.stderr}"
    return done.stdout


def ranks_at_both_sites(*words):
    """Two ranks, one a site: what each knows of the WAN is its environment."""
    command = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]
    for site in "01":
        command += [":"] if site == "1" else []
        command += ["-np", "1", "env", f"LONGHAUL_NET_SITE={site}", f"LONGHAUL_NET_CONTROL={segment}", LONGHAUL, "run", "--backend", "net",
                    "--collective", "all_reduce", "--quiet", "--format", "none", *words]
    return subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL)


def finished(run):
    assert run.wait(timeout=40) == 0
    with h5py.File("run.h5") as results:
        assert not any(results["visits/wrong"][:])
        return results["samples/duration"][:] if "samples/duration" in results else results["soak/duration"][:]


def cut_stands_still(link):
    """Cuts the link for 600 ms: between two looks that both say so, nothing passed. Again where a busy machine took no two in time."""
    def look():
        segment, = json.loads(wan("show", "--json"))
        return all(way["state"] == "cut" for way in segment["ways"]), [way["bytes"] for way in segment["ways"]]

    for _ in range(3):
        with subprocess.Popen([LONGHAUL, "wan", "set", "cut", link, "--for", "600ms", "--wan", "plugin"], stdout=subprocess.DEVNULL) as command:
            looks = [look()]
            while command.poll() is None:
                looks.append(look())
        assert command.returncode == 0
        passed = [amount for cut, amount in looks if cut][1:]  # the first may have counted before the cut what it found after
        if len(passed) > 1:
            assert all(amount == passed[0] for amount in passed), f"passed through a cut: {passed}"
            return
    raise AssertionError("no two looks during a cut, three times")


for left in [*pathlib.Path().glob("run.h5*"), *pathlib.Path().glob("unfelt.h5*"), *pathlib.Path().glob("hosts.h5*")]:
    left.unlink()
assert not json.loads(wan("show", "--json")), "another segment is on this machine"
wan("set", "cut", "metro-a-metro-b", code=2, says="no control segment")
wan("apply", "+10ms", code=2, says="--topology")
said = wan("apply", "+10ms", "--topology", "two-campus-metro", says="0 metro-a, 1 metro-b")
segment = next(line.split("=")[1] for line in said.splitlines() if line.startswith("export LONGHAUL_NET_CONTROL="))
try:
    assert os.stat(segment).st_mode & 0o777 == 0o600
    far = finished(ranks_at_both_sites("--size", "16B", "--rounds", "2", "-o", "run.h5"))
    assert 0.0105 < sorted(far)[len(far) // 2] < 0.02, sorted(far)

    wan("apply", "native")
    pathlib.Path("run.h5").unlink()
    run = ranks_at_both_sites("--size", "64KiB", "--mode", "latency", "--rounds", "1", "--precision", "0.001%",
                              "--min-samples", "10", "--max-samples", "100000", "--visit-time", "6s", "-o", "run.h5")
    time.sleep(2)
    shown, = json.loads(wan("show", "--json"))
    assert shown["in_use"] and shown["topology"] == "two-campus-metro" and shown["setting"] == "native", shown
    assert all(way["bytes"] > 0 and way["delay"] < 1e-3 for way in shown["ways"]), shown
    link = json.loads(subprocess.run([LONGHAUL, "topology", "show", "two-campus-metro", "--json"], capture_output=True, text=True,
                                     check=True).stdout)["links"][0]["name"]
    cut_stands_still(link)
    cut = finished(run)
    assert 0.45 < max(cut) < 1.5, max(cut)  # less than the cut where the ranks begin their next one only after it

    # clean while it is in use: nothing is delayed any more
    wan("apply", "+10ms")
    pathlib.Path("run.h5").unlink()
    run = ranks_at_both_sites("--size", "16B", "--mode", "latency", "--rounds", "1", "--precision", "0.001%",
                              "--min-samples", "10", "--max-samples", "100000", "--visit-time", "4s", "-o", "run.h5")
    time.sleep(3)
    wan("clean", says="nothing is delayed or cut any more")
    shown, = json.loads(wan("show", "--json"))
    assert all(way["delay"] == 0 for way in shown["ways"]), shown
    neutral = finished(run)
    assert min(neutral) < 5e-3 < max(neutral), (min(neutral), max(neutral))
    assert "in use" not in wan("clean")
finally:
    pathlib.Path(segment).unlink(missing_ok=True)
wan("show", says="no control segment")

# What the transport does not feel fails the visit: MPI goes past the plugin. So far that no busy machine takes as long.
unfelt = subprocess.run(["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none", LONGHAUL, "run", "--backend", "mpi", "--wan", "plugin",
                         "--topology", "two-campus-metro", "--wan-rtt", "300ms", "--collective", "all_reduce", "--size", "16B", "--rounds", "1",
                         "--quiet", "--format", "none", "-o", "unfelt.h5"],
                        env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=40, stdin=subprocess.DEVNULL)
assert unfelt.returncode == 4, f"exit {unfelt.returncode}: {unfelt.stderr}"
assert "the transport does not feel the WAN" in unfelt.stderr and "MPI goes past the network plugin" in unfelt.stderr, unfelt.stderr
with h5py.File("unfelt.h5") as results:
    assert list(results["points/converged"][:]) == [0] and math.isnan(results["points/median"][0]), results["points/median"][:]

# A queue is nothing that a sender who waits could have.
refused = subprocess.run([LONGHAUL, "wan", "apply", "native:queue=4MiB", "--wan", "plugin", "--topology", "two-campus-metro"],
                         capture_output=True, text=True, check=False, timeout=20)
assert refused.returncode == 2 and "changes queue" in refused.stderr, refused.stderr
wan("clean")

# Over several hosts, here the lab's: what each counted is gathered, bytes of both ways and lateness.
done = subprocess.run([LONGHAUL, "lab", "--quiet", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--scale", "uncapped", "--",
                       "mpirun", LONGHAUL, "run", "--backend", "net", "--wan", "plugin", "--topology", "two-campus-metro", "--wan-rtt", "+10ms",
                       "--collective", "all_reduce", "--size", "64KiB", "--rounds", "1", "--visit-time", "1s", "--quiet", "--format", "none",
                       "-o", "hosts.h5"], capture_output=True, text=True, check=False, timeout=40, stdin=subprocess.DEVNULL)
assert done.returncode == 0, done.stderr
with h5py.File("hosts.h5") as results:
    assert len(set(results["ranks/host"][:])) == 2, results["ranks/host"][:]
    assert results["visits/lateness_p50"][0] > 0, "no lateness"
    there, back = results["links/bytes"][:]
    assert there > 0 and back > 0, (there, back)
print("passed")
