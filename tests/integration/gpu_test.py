#!/usr/bin/python3
# ctest: long, 400 s, alone
"""The GPU path of the built program on the doubles (tests/doubles): what it measures, and every fault with its diagnosis."""
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import time

import h5py

LONGHAUL = os.environ["LONGHAUL"]
DOUBLES = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"], "doubles")
DEADLINE = 2  # s
ONE_OF_THEM = []  # a wrapper of each rank
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
               "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_pml": "ob1",  # which looks for no fabric at each start
               "LD_LIBRARY_PATH": str(DOUBLES)}
SMALL = ["--collective", "all_reduce", "--size", "1KiB,4KiB", "--rounds", "8", "--min-samples", "2", "--max-samples", "3",
         "--format", "none", "--quiet", "--deadline", f"{DEADLINE}s"]


TINY = ["--size", "1KiB", "--collective", "all_reduce", "--rounds", "2", "--min-samples", "2", "--max-samples", "3", "--visit-time", "20ms",
        "--format", "none", "--quiet"]


def shared_memory():
    """What may be ours, or NCCL's; tests of control segments beside this one have names of their own."""
    return {path.name for path in pathlib.Path("/dev/shm").iterdir()
            if path.name.startswith(("longhaul-", "nccl-")) and not path.name.startswith("longhaul-test-")}


def left_in_shared_memory(before):
    """What is there and was not; what other runs on this machine have there goes with them."""
    until = time.monotonic() + 20
    while shared_memory() - before and time.monotonic() < until:
        time.sleep(0.1)
    return shared_memory() - before


def run(words, code=0, says=(), ranks=3, env=None, launcher=(), lab=False):
    """Runs longhaul run on `ranks` ranks; checks the exit code and that stderr holds each of `says`. Returns the seconds, and stderr."""
    for left in pathlib.Path().glob("*.h5*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    before = shared_memory()
    command = [*([] if lab else ["mpirun", *launcher, "-np", str(ranks), *ONE_OF_THEM]), LONGHAUL, "run", *words]
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env={**ENVIRONMENT, **(env or {})}, timeout=100, check=False,
                          stdin=subprocess.DEVNULL)
    spent = time.monotonic() - begin
    assert done.returncode == code, f"{env} {words}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    for text in says:
        assert text in done.stderr, f"{env} {words}: stderr lacks '{text}':\n{done.stderr}"
    assert "misuse" not in done.stderr, done.stderr
    left = left_in_shared_memory(before)
    assert not left, f"{env} {words}: left in /dev/shm: {left}"
    return spent, done.stderr


def kept_visits(file):
    """Visits that are left of a run that died, read the way a resuming run reads them."""
    table = subprocess.run([LONGHAUL, "convert", file, "--to", "csv"], capture_output=True, text=True, check=False,
                           env=ENVIRONMENT)
    assert table.returncode == 0, table.stderr
    return len(table.stdout.splitlines()) - 1


def measures_and_marks_the_file():
    run(["--backend", "nccl", "--nccl", "default,graph,register+max_ctas=4", "--mode", "latency,throughput", *SMALL, "-o", "a.h5"])
    with h5py.File("a.h5") as results:
        assert results["launches/flags"][0] == b"doubles"
        assert results["launches/device"][0] == b"Longhaul CUDA double"
        assert results["launches/backend"][0] == b"nccl"
        devices = [text.decode() for text in results["ranks/device"][:]]
        assert devices == [f"Longhaul CUDA double at 0000:0{1 + rank}:00.0" for rank in range(3)], devices
        assert set(results["points/settings"][:]) == {b"default", b"graph", b"register+max_ctas=4"}
        assert len(results["points/key"]) == 12 and not any(results["points/wrong"][:])
        latency = [results["points/mode"][point] == b"latency" for point in results["visits/point"][:]]
        for is_latency, device, host in zip(latency, results["visits/device_median"][:], results["visits/median"][:]):
            # A busy machine may spoil all samples of a visit of latency mode, which then has no median.
            assert is_latency and math.isnan(host) or 0 < device < host * 1.5, (is_latency, device, host)
    page = subprocess.run([LONGHAUL, "convert", "a.h5", "--to", "table"], capture_output=True, text=True, check=False,
                          env=ENVIRONMENT).stdout
    assert "doubles" in page, page


def tells_what_nccl_did():
    """By the profiler plugin, which NCCL loads, and by its log; each NCCL has another version of that interface."""
    for version, expected in [(22005, ("unknown", "unknown", -1)), (22304, ("TREE", "LL", 2)), (22406, ("TREE", "LL", 2)),
                              (22605, ("TREE", "LL", 2)), (22706, ("TREE", "LL", 2)), (22809, ("TREE", "LL", 2))]:
        run(["--backend", "nccl", *TINY, "-o", "a.h5"], env={"LONGHAUL_DOUBLE_NCCL_VERSION": str(version)}, ranks=2)
        with h5py.File("a.h5") as results:
            seen = [results[f"visits/library_{name}"][0] for name in ("algorithm", "protocol", "channels")]
            assert (seen[0].decode(), seen[1].decode(), seen[2]) == expected, (version, seen)
            assert results["visits/transport"][0] == b"NET/Socket" and results["visits/nic"][0] == b"lo", version
    run(["--backend", "nccl", "--nccl", "default,algo=RING+proto=LL128+max_ctas=7", "--size", "64KiB", *TINY[2:], "-o", "a.h5"],
        ranks=2)
    with h5py.File("a.h5") as results:
        seen = {results["points/settings"][results["visits/point"][visit]].decode():
                (results["visits/library_algorithm"][visit], results["visits/library_protocol"][visit],
                 results["visits/library_channels"][visit]) for visit in range(len(results["visits/point"]))}
        assert seen == {"default": (b"RING", b"SIMPLE", 2), "algo=RING+proto=LL128+max_ctas=7": (b"RING", b"LL128", 7)}, seen
        assert b"NCCL_PROFILER_PLUGIN" not in results["launches/environment"][0]
    run(["--backend", "nccl", "--nccl", "window", *TINY, "-o", "a.h5"], ranks=2)  # a symmetric kernel, of which NCCL tells less
    with h5py.File("a.h5") as results:
        assert (results["visits/library_protocol"][0], results["visits/library_channels"][0]) == (b"unknown", -1)
    run(["--backend", "nccl", *TINY, "-o", "a.h5"], env={"NCCL_PROFILER_PLUGIN": "none", "NCCL_DEBUG": "WARN"}, ranks=2)
    with h5py.File("a.h5") as results:
        assert results["visits/library_algorithm"][0] == results["visits/transport"][0] == b"unknown"


def stores_the_health_of_each_gpu():
    run(["--backend", "nccl", *TINY, "-o", "a.h5"], ranks=2)
    with h5py.File("a.h5") as results:
        ranks = results["rank_summary"]
        assert set(ranks["clock"][:]) == {1980e6} and set(ranks["power"][:]) == {350.0} and min(ranks["energy"][:]) > 0
        assert set(ranks["nvlinks_up"][:]) == {4} and not any(results["visits/flags"][:] & 64)
    run(["--backend", "nccl", *TINY, "-o", "a.h5"], ranks=2, env={"LONGHAUL_DOUBLE_NVML": "throttled"})
    with h5py.File("a.h5") as results:
        assert all(results["visits/flags"][:] & 64) and set(results["rank_summary/throttle_reasons"][:]) == {4}
        assert min(results["rank_summary/throttled"][:]) > 0
    table = subprocess.run([LONGHAUL, "convert", "a.h5", "--to", "table"], capture_output=True, text=True, check=True,
                           env=ENVIRONMENT).stdout
    assert "throttled" in table, table
    run(["--backend", "nccl", *TINY, "-o", "a.h5"], ranks=2, env={"LONGHAUL_DOUBLE_NVML": "absent"})
    with h5py.File("a.h5") as results:
        assert all(math.isnan(value) for value in results["rank_summary/clock"][:])


def measures_under_load_and_cold():
    longer = [word.replace("20ms", "300ms") for word in TINY]
    run(["--backend", "nccl", "--load", "none,8", *longer, "-o", "a.h5"], ranks=2)
    with h5py.File("a.h5") as results:
        loads = [results["points/load"][point] for point in results["visits/point"][:]]
        assert set(loads) == {0, 8}
        for load, rate in zip(loads, results["visits/load_rate"][:]):
            assert rate >= 0 if load else math.isnan(rate), (load, rate)
        assert max(rate for rate in results["visits/load_rate"][:] if not math.isnan(rate)) > 0
        assert not any(results["points/wrong"][:])
        assert min(results["visits/first_call"][:]) > 0 and min(results["visits/first_call_device"][:]) > 0


def tells_of_a_load_that_the_gpu_refused():
    """A visit without its load must not look like one with it."""
    run(["--backend", "nccl", "--load", "8", *TINY, "-o", "a.h5"], 4, ["the load beside the collectives failed"], ranks=1,
        env={"LONGHAUL_DOUBLE_CUDA_FAIL": "longhaul_load:3"})


def tells_of_a_division_that_the_gpu_refused():
    """That of avg in one site, after the sum; without it the sum would pass for wrong data of NCCL's."""
    run(["--backend", "nccl", "--algorithm", "hierarchical", "--reduce-op", "avg", "--type", "float32", *TINY, "-o", "a.h5"], 4,
        ["dividing for avg failed"], ranks=1, env={"LONGHAUL_DOUBLE_CUDA_FAIL": "longhaul_divide_float32:2"})


def measures_over_a_wan_in_the_lab():
    run(["--lab", "--topology", "three-campus-mesh", "--hosts-per-site", "1", "--slots", "2", "--backend", "nccl", "--algorithm",
         "flat,hierarchical", "--collective", "all_reduce,all_gather", "--size", "1KiB,100KiB", "--rounds", "1", "--min-samples",
         "2", "--max-samples", "3", "--quiet", "--format", "none", "-o", "lab.h5"], lab=True)
    with h5py.File("lab.h5") as results:
        assert len(set(results["ranks/site"][:])) == 3
        assert len(results["points/key"]) == 8 and not any(results["points/wrong"][:])
        for configured, measured in zip(results["pairs/configured_rtt"][:], results["pairs/measured_rtt"][:]):
            assert measured >= configured * 0.9, (configured, measured)


PATTERN = ["--backend", "nccl", "--size", "64KiB", "--rounds", "2", "--visit-time", "50ms", "--format", "none", "--quiet",
           "--deadline", f"{DEADLINE}s", "-o", "a.h5"]


def keeps_patterns_pair_by_pair():
    run(["--pattern", "pairwise,bisection,ring-neighbours", *PATTERN], ranks=4)
    with h5py.File("a.h5") as results:
        assert set(results["points/backend"][:]) == {b"nccl"} and results["launches/flags"][0] == b"doubles"
        names = [text.decode() for text in results["points/settings"][:]]
        pairs = {name: set() for name in names}
        for visit, a, b, time_of_pair, least in zip(*(results[f"exchanges/{column}"][:] for column in ("visit", "rank_a", "rank_b", "time", "least"))):
            pairs[names[results["visits/point"][visit]]].add((int(a), int(b)))
            assert 0 < least <= time_of_pair
    every = {(a, b) for a in range(4) for b in range(a + 1, 4)}
    assert pairs == {"pairwise-together": every, "pairwise-alone": every, "bisection": {(0, 2), (1, 3)},
                     "ring-neighbours": {(0, 1), (1, 2), (2, 3), (0, 3)}}, pairs
    run(["--pattern", "bisection", "--nccl", "graph", *PATTERN], 2, ["--nccl graph does not go with --pattern"], ranks=2)


def diagnoses_faults_within_a_pattern():
    """Call 40 of rank 1 is within its first pairs; a rank that has no part in the pair is accused of nothing."""
    late = run(["--pattern", "pairwise-alone", *PATTERN], ranks=4)[0] + DEADLINE + 2
    for fault, code, says in [
            ("hang:1:40", 5, ["rank 1 (", "did not enter send_recv #", "does not answer", "send_recv has not ended within 2 s"]),
            ("stall:1:40", 5, ["send_recv has not ended within 2 s; the double's stalled call"]),
            ("block:1:40", 5, ["send_recv has not come back within 2 s; the double's blocked call"]),
            ("fail:1:40", 4, ["unhandled system error; the double's planned failure"]),
            ("async:1:40", 4, ["remote process exited", "the double's async fault"])]:
        spent, told = run(["--pattern", "pairwise-alone", *PATTERN], code, ["have no part in it", *says], ranks=4,
                          env={"LONGHAUL_DOUBLE_FAULT": fault})
        assert "is behind" not in told and told.count("does not answer") == (1 if fault.startswith("hang") else 0), told
        assert spent < late, f"{fault}: {spent} s"


def tells_which_call_of_nccl_failed():
    """On all ranks, and on one of them, which the others wait for: one line, and what the run had is given up."""
    for call, number, words in [("ncclCommInitRankConfig", 1, []), ("ncclCommSplit", 1, []), ("ncclCommSplit", 2, ["--nccl", "default,max_ctas=2"]),
                                ("ncclCommRegister", 3, ["--nccl", "register"]), ("ncclCommWindowRegister", 3, ["--nccl", "window"]),
                                ("ncclMemAlloc", 3, ["--nccl", "register"]), ("ncclGroupEnd", 5, ["--collective", "all_to_all"])]:
        for only in ["", ":1"]:
            _, told = run(["--backend", "nccl", *SMALL, *words, "-o", "a.h5"], 4, ["rank 1 (" if only else "rank", call],
                          env={"LONGHAUL_DOUBLE_NCCL_FAIL": f"{call}:{number}{only}"})
            lines = [line for line in told.splitlines() if line.startswith("longhaul:")]
            assert len(lines) == 1 and "; ." not in told and "did not enter" not in told, told


def diagnoses_each_fault():
    nccl = ["--backend", "nccl", *SMALL, "-o", "a.h5"]
    late = run(nccl)[0] + DEADLINE + 2  # beyond what starting, measuring all and ending takes where nothing is wrong
    for fault, code, says in [
            ("fail:1:25", 4, ["all_reduce #25 (", "rank 1 (", "unhandled system error", "the double's planned failure",
                             "Finished visits are in a.h5"]),
            ("async:1:25", 4, ["rank 1 (", "0000:02:00.0", "remote process exited", "the double's async fault"]),
            ("stall:1:25", 5, ["all_reduce #25 (", "has not ended within 2 s; the double's stalled call",
                              "Finished visits are in a.h5"]),
            # Blocking calls come back when a thread of their rank's own aborts their communicator.
            ("block:1:25", 5, ["rank 1 (", "all_reduce has not come back within 2 s; the double's blocked call",
                              "Finished visits are in a.h5"]),
            ("hang:1:25", 5, ["rank 1 (", "0000:02:00.0) did not enter all_reduce #25 (", "does not answer; ranks 0,2 are in all_reduce #25"]),
            ("kill:1:25", 137, []),  # mpirun's own word for a rank that was killed; who starts mpirun himself turns it into 4
            ("flip:1:0", 6, ["wrong data in all_reduce", "rank 1 (", "first at offset 0"]),
            ("slow:1:20", 0, []),
            ("absent:1:0", 5, ["rank 1 (", "0000:02:00.0) did not enter the set-up", "does not answer", "not all 3 ranks came to NCCL's init within 2 s"])]:
        spent, _ = run(nccl, code, says, env={"LONGHAUL_DOUBLE_FAULT": fault})
        assert spent < late, f"{fault}: {spent} s"
        if code in (4, 5, 137) and not fault.startswith("absent"):
            assert kept_visits("a.h5") >= 1, fault
        if fault.startswith("hang"):
            account = json.loads(pathlib.Path("a.h5.hang.json").read_text(encoding="utf-8"))
            ranks = {rank["rank"]: rank for host in account["hosts"] for rank in host["ranks"]}
            assert "has not ended within 2 s" in ranks[0]["fault"] and not ranks[1]["fault"] and ranks[1]["stack"], account
        left = subprocess.run(["pgrep", "-f", f"{LONGHAUL} run"], capture_output=True, text=True, check=False).stdout
        assert left == "", f"{fault}: still running: {left}"
        print(f"   {fault}: exit {code} after {spent:.1f} s", file=sys.stderr)
    run(nccl, 0, env={"LONGHAUL_DOUBLE_FAULT": "slow:1:20"})
    with h5py.File("a.h5") as results:
        assert min(results["visits/median"][:]) > 0.02  # everyone waits for the slow rank


def diagnoses_faults_of_graphs_and_of_the_hierarchy():
    """A graph has to go before the communicators that it uses, and communicators that wait for each other have to go at once."""
    lab = ["--lab", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--slots", "2"]
    small = [*SMALL[:-1], "1s", "-o", "a.h5"]
    faults = {"async": (4, ["rank 1 (", "remote process exited", "the double's async fault"]),
              "block": (5, ["rank 1 (", "has not come back within 1 s; the double's blocked call"]),
              "hang": (5, ["rank 1 (", "does not answer"]),
              "stall": (5, ["rank 1 (", "has not ended within 1 s; the double's stalled call"])}
    # A graph calls NCCL twice a visit; a hierarchical call is three of NCCL's, and the one that is struck is within the site.
    for words, number, kinds in [(["--nccl", "graph"], 13, faults), ([*lab, "--algorithm", "hierarchical"], 76, ["async", "hang", "stall"])]:
        for kind in kinds:
            spent, _ = run([*words, "--backend", "nccl", *small], *faults[kind], env={"LONGHAUL_DOUBLE_FAULT": f"{kind}:1:{number}"},
                           lab=words[0] == "--lab")
            assert kept_visits("a.h5") >= 1, (words, kind)
            print(f"   {words[-1]} {kind}: exit {faults[kind][0]} after {spent:.1f} s", file=sys.stderr)


def ends_kernels_that_do_not():
    """Outside collectives too: of several ranks by their watchers, of one alone by itself. Who is stuck is named with its GPU."""
    stall = {"LONGHAUL_DOUBLE_CUDA_STALL": "longhaul_verify_reduced_4:3"}
    for ranks, says in [(3, ["has not moved for", "0000:0", "verification for"]), (1, ["0000:01:00.0) is stuck: verification for", "the deadline is 3 s"])]:
        run(["--backend", "nccl", *SMALL, "-o", "a.h5"], 5, says, env=stall, ranks=ranks)
        assert kept_visits("a.h5") >= 1, ranks


def gives_each_nccl_environment_launches_of_its_own():
    settings = ["--backend", "nccl", "--nccl", "default,graph+NCCL_BUFFSIZE=8388608,NCCL_BUFFSIZE=8388608", *TINY, "-o", "a.h5"]
    run(["--lab", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--launches", "2", *settings], lab=True)
    with h5py.File("a.h5") as results:
        buffers = ["NCCL_BUFFSIZE=8388608" in text.decode() for text in results["launches/environment"][:]]
        assert buffers == [False, True, False, True], buffers
        launch_of_point = {}
        for point, launch in zip(results["visits/point"][:], results["visits/launch"][:]):
            launch_of_point.setdefault(results["points/settings"][int(point)].decode(), set()).add(int(launch))
        assert launch_of_point == {"default": {0, 2}, "graph+NCCL_BUFFSIZE=8388608": {1, 3}, "NCCL_BUFFSIZE=8388608": {1, 3}}, launch_of_point


def resumes_with_the_same_nccl_only():
    again = ["mpirun", "-np", "1", LONGHAUL, "run", "--resume", "--backend", "nccl", *TINY, "--launches", "2", "-o", "a.h5"]
    run(["--backend", "nccl", *TINY, "-o", "a.h5"], ranks=1, env={"NCCL_IB_TC": "106"})
    for environment, code in [({"NCCL_IB_TC": "41"}, 2), ({"NCCL_IB_TC": "106", "NCCL_DEBUG": "WARN"}, 0)]:
        done = subprocess.run(again, capture_output=True, text=True, check=False, env={**ENVIRONMENT, **environment}, stdin=subprocess.DEVNULL)
        assert done.returncode == code, done.stderr
        assert code == 0 or "cannot resume: NCCL_IB_TC was '106' and is '41' now" in done.stderr, done.stderr


def ends_a_communicator_that_does_not_come_to_its_end():
    """Where it is made way for another, and at the end of the run, when all results are there."""
    lingers = {"LONGHAUL_DOUBLE_FAULT": "linger:1:1"}
    says = ["ncclCommFinalize has not come back within 2 s; the double's lingering communicator"]
    run(["--backend", "nccl", "--nccl", ",".join(f"max_ctas={ctas}" for ctas in range(1, 7)), *SMALL, "-o", "a.h5"], 5, says, env=lingers)
    run(["--backend", "nccl", *SMALL, "-o", "a.h5"], 0, says, env=lingers)


def lets_the_survivors_of_a_killed_rank_speak():
    run(["--backend", "nccl", *SMALL, "-o", "a.h5"], 0, ["rank 1 (", "0000:02:00.0) is gone", "waiting in it ranks 0,2"],
        env={"LONGHAUL_DOUBLE_FAULT": "kill:1:25"}, launcher=["--mca", "orte_enable_recovery", "1"])
    assert kept_visits("a.h5") >= 1


def gives_each_communicator_its_own_configuration():
    """Within the site, over the rail, of all ranks: as asked for, in the environment of NCCL's too, and seen by the profiler."""
    settings = "algo=RING+proto=LL+net=IB/longhaul+traffic_class=9+min_ctas=2+max_ctas=3"
    _, told = run(["--lab", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--slots", "2", "--backend", "nccl", "--algorithm",
                   "hierarchical", "--nccl", f"default,nonblocking,{settings}", "--size", "64KiB", *TINY[2:], "-o", "a.h5"],
                  env={"LONGHAUL_DOUBLE_TELL_CONFIG": "1"}, lab=True)
    asked = "minCTAs=2 maxCTAs=3 netName={} trafficClass=9 NCCL_ALGO=RING NCCL_PROTO=LL"
    free = "minCTAs=unset maxCTAs=unset netName=unset trafficClass=unset NCCL_ALGO= NCCL_PROTO="
    for line in [f"communicator of 4: blocking=0 {free}",  # what the others are split off
                 f"communicator of 4: blocking=1 {free}", f"communicator of 2: blocking=1 {free}", f"communicator of 2: blocking=0 {free}",
                 f"communicator of 4: blocking=1 {asked.format('longhaul')}",
                 f"communicator of 2: blocking=1 {asked.format('IB')}", f"communicator of 2: blocking=1 {asked.format('longhaul')}"]:
        assert line in told, f"{line} is not in {told}"
    with h5py.File("a.h5") as results:
        seen = {results["points/settings"][point]: (results["visits/library_algorithm"][visit], results["visits/library_protocol"][visit])
                for visit, point in enumerate(results["visits/point"][:])}
    assert seen[settings.encode()] == (b"RING", b"LL"), seen
    assert seen[b"default"] == (b"RING", b"SIMPLE"), seen


def makes_those_of_site_and_rail_for_hierarchical_calls_only():
    _, told = run(["--lab", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--slots", "2", "--backend", "nccl", *TINY, "-o", "a.h5"],
                  env={"LONGHAUL_DOUBLE_TELL_CONFIG": "1"}, lab=True)
    assert "communicator of 4: blocking=1" in told and "communicator of 2" not in told, told


def takes_the_one_device_that_each_rank_is_shown():
    wrapper = pathlib.Path("one_device.sh")
    wrapper.write_text("#!/bin/sh\nexport CUDA_VISIBLE_DEVICES=$((OMPI_COMM_WORLD_LOCAL_RANK + 2))\nexec \"$@\"\n", encoding="utf-8")
    wrapper.chmod(0o755)
    ONE_OF_THEM[:] = [str(wrapper.absolute())]
    run(["--backend", "nccl", *TINY, "-o", "a.h5"])
    ONE_OF_THEM.clear()


def finds_a_flipped_bit_and_an_average_out_of_bound():
    """By the verification on the device, in the middle of a block that another rank sent."""
    wrong = ["--rounds", "1", "--min-samples", "2", "--max-samples", "3", "--format", "none", "--quiet", "-o", "a.h5"]
    run(["--backend", "nccl", "--collective", "all_gather", "--size", "12KiB", *wrong], 6, ["has 1 wrong elements, first at offset 1524"],
        env={"LONGHAUL_DOUBLE_FAULT": "flip:1:0", "LONGHAUL_DOUBLE_FLIP_AT": "1524"})
    run(["--backend", "nccl", "--reduce-op", "avg", "--type", "float32", "--collective", "all_reduce", "--size", "12KiB", *wrong], 6,
        ["first at offset 500"], env={"LONGHAUL_DOUBLE_FAULT": "flip:1:0", "LONGHAUL_DOUBLE_FLIP_AT": "500"})


def gives_a_killed_rank_the_code_of_a_lost_peer_where_it_starts_mpirun():
    run(["--lab", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--backend", "nccl", *SMALL, "-o", "a.h5"], 4,
        ["a rank or mpirun itself was lost (mpirun ended with 137)"], env={"LONGHAUL_DOUBLE_FAULT": "kill:1:25"}, lab=True)
    assert kept_visits("a.h5") >= 1


def names_what_the_machine_lacks():
    small = [*SMALL, "-o", "a.h5"]
    run(["--backend", "nccl", *small], 4, ["sees no CUDA device"], env={"CUDA_VISIBLE_DEVICES": ""})
    run(["--backend", "nccl", *small], 4, ["which shows 2 CUDA devices"], env={"LONGHAUL_DOUBLE_DEVICES": "2"})
    run(["--backend", "nccl", *small], 4, ["share GPU 0000:01:00.0"], env={"CUDA_VISIBLE_DEVICES": "0"})
    run(["--backend", "nccl", *small], 4, ["out of memory"], env={"LONGHAUL_DOUBLE_CUDA_FAIL": "cudaMalloc:1"})
    run(["--backend", "nccl", *small], 4, ["this build has no GPU module"], env={"LONGHAUL_MODULES": "/nowhere"})
    run(["--backend", "nccl", *small], 4, ["NCCL 2.19.3 is too old"], env={"LONGHAUL_DOUBLE_NCCL_VERSION": "21903"})
    run(["--backend", "mpi", "--memory", "device", *small], 4, ["says that it is not CUDA-aware", "LONGHAUL_CUDA_AWARE_MPI=1"])


def lets_a_cuda_aware_mpi_work_on_gpu_memory():
    aware = {"LONGHAUL_CUDA_AWARE_MPI": "1"}  # as one that is so by UCX is
    device = ["--backend", "mpi", "--memory", "device", "--format", "none", "--quiet", "--rounds", "1", "--min-samples", "2", "--max-samples",
              "3", "--visit-time", "20ms", "-o", "a.h5"]
    run([*device, "--collective", "all_reduce,reduce_scatter,broadcast,reduce,all_to_all", "--size", "1KiB,200KiB", "--reduce-op", "sum,avg",
         "--in-place", "false,true"], env=aware)
    with h5py.File("a.h5") as results:
        assert results["launches/flags"][0] == b"doubles" and not any(results["points/wrong"][:])
    run([*device, "--collective", "all_reduce", "--type", "float16"], 2, ["all_reduce of float16 over MPI is done by a function of ours"],
        env=aware)


def doctor(words, code=0, env=None, per_rank=""):
    """What longhaul doctor says of two ranks: the table's state of each fact, and all its text."""
    command = ["mpirun", "-np", "2", "sh", "-c", f'{per_rank} exec "$@"', "sh", LONGHAUL, "doctor", *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**ENVIRONMENT, **(env or {})}, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


OTHER_NCCL = "[ $OMPI_COMM_WORLD_RANK = 0 ] || export LONGHAUL_DOUBLE_NCCL_VERSION=22005;"


def inspects_gpus_before_ranks_meet():
    table = doctor(["--backend", "nccl"])
    for fact, found in [("GPU ", "Longhaul CUDA double"), ("GPU memory errors", "0"), ("NVLinks", "all 4 up"), ("library", "NCCL ")]:
        assert any(line.startswith(fact) and " ok " in line and found in line for line in table.splitlines()), (fact, table)
    table = doctor(["--backend", "nccl"], env={"LONGHAUL_DOUBLE_NVML": "link_down"})
    assert any(line.startswith("NVLinks") and " doubtful " in line for line in table.splitlines()), table
    table = doctor(["--memory", "device"], 4)
    assert "Longhaul CUDA double" in table and any(line.startswith("CUDA-aware MPI") and " unfit " in line for line in
                                                   table.splitlines()), table
    table = doctor(["--backend", "nccl"], 4, per_rank=OTHER_NCCL)
    assert any(line.startswith("library") and " unfit " in line and "NCCL 2.20.5" in line for line in table.splitlines()), table
    # A run says it before NCCL's ranks meet, which here they never would.
    command = ["mpirun", "-np", "2", "sh", "-c", f'{OTHER_NCCL} exec "$@"', "sh", LONGHAUL, "run", "--backend", "nccl", *TINY, "-o", "a.h5"]
    done = subprocess.run(command, capture_output=True, text=True, env={**ENVIRONMENT, "LONGHAUL_DOUBLE_FAULT": "absent:1:0"}, timeout=60,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 4 and "preflight: library: NCCL" in done.stderr, done.stderr


def falls_back_with_older_versions():
    old = {"LONGHAUL_DOUBLE_NCCL_VERSION": "22005"}
    run(["--backend", "nccl", "--nccl", "default,graph,register", *SMALL, "-o", "a.h5"], env=old)
    run(["--backend", "nccl", *SMALL, "-o", "a.h5"], 5, ["the double's stalled call"],  # before 2.22 a group takes no aborts
        env={**old, "LONGHAUL_DOUBLE_FAULT": "stall:1:25"})
    run(["--backend", "nccl", "--nccl", "window", *SMALL, "-o", "a.h5"], 2, ["'window' needs NCCL 2.27.0 or newer"], env=old)
    run(["--backend", "nccl", "--nccl", "traffic_class=3", *SMALL, "-o", "a.h5"], 2, ["'traffic_class' needs NCCL 2.26.0 or newer"], env=old)
    run(["--backend", "nccl", "--type", "float8_e4m3", *SMALL, "-o", "a.h5"], 2, ["float8 needs NCCL 2.24.0"], env=old)


def refuses_what_makes_no_sense():
    run(["--nccl", "graph", *SMALL, "-o", "a.h5"], 2, ["nccl settings are for backend nccl"], ranks=1)
    run(["--backend", "nccl", "--nccl", "grap", *SMALL, "-o", "a.h5"], 2, ["did you mean 'graph'?"], ranks=1)
    run(["--backend", "nccl", "--memory", "host", *SMALL, "-o", "a.h5"], 2, ["device memory only"], ranks=1)
    for setting, variable in [("net=IB", "NCCL_NET"), ("min_ctas=2", "NCCL_MIN_CTAS"), ("max_ctas=2", "NCCL_MAX_CTAS")]:
        run(["--backend", "nccl", "--nccl", setting, *TINY, "-o", "a.h5"], 2,
            [f"'{setting[:-2].rstrip('=')}' has no effect while {variable}=1 is set"], ranks=1, env={variable: "1"})
    run(["--backend", "nccl", "--nccl", "net=IB", *TINY, "-o", "a.h5"], ranks=1, env={"NCCL_MIN_CTAS": "1", "NCCL_MAX_CTAS": "1"})


def main():
    if not (DOUBLES / "libnccl.so.2").exists():
        print("skipped: built without a CUDA toolkit and NCCL, there are no GPU modules to test")
        sys.exit(77)
    for check in [measures_and_marks_the_file, tells_what_nccl_did, stores_the_health_of_each_gpu, measures_under_load_and_cold, tells_of_a_load_that_the_gpu_refused,
                  tells_of_a_division_that_the_gpu_refused,
                  measures_over_a_wan_in_the_lab, gives_each_communicator_its_own_configuration,
                  makes_those_of_site_and_rail_for_hierarchical_calls_only, takes_the_one_device_that_each_rank_is_shown,
                  keeps_patterns_pair_by_pair, diagnoses_faults_within_a_pattern, tells_which_call_of_nccl_failed,
                  diagnoses_each_fault, diagnoses_faults_of_graphs_and_of_the_hierarchy, ends_a_communicator_that_does_not_come_to_its_end,
                  ends_kernels_that_do_not, gives_each_nccl_environment_launches_of_its_own, resumes_with_the_same_nccl_only,
                  finds_a_flipped_bit_and_an_average_out_of_bound, lets_the_survivors_of_a_killed_rank_speak,
                  gives_a_killed_rank_the_code_of_a_lost_peer_where_it_starts_mpirun, names_what_the_machine_lacks,
                  inspects_gpus_before_ranks_meet, lets_a_cuda_aware_mpi_work_on_gpu_memory, falls_back_with_older_versions,
                  refuses_what_makes_no_sense]:
        begin = time.monotonic()
        check()
        print(f"{check.__name__}: {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    main()
