#!/usr/bin/python3
# ctest: long, 400 s
"""The GPU path of the built program on the doubles: what it measures and stores, and what it refuses. Faults: gpu_faults_test."""
import math
import pathlib
import subprocess

import h5py

from gpu import ENVIRONMENT, LONGHAUL, ONE_OF_THEM, PATTERN, SMALL, TINY, run, try_each


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
    longer = [{"20ms": "300ms", "3": "1000"}.get(word, word) for word in TINY]  # three calls end before the load has done anything
    run(["--backend", "nccl", "--load", "none,8", *longer, "-o", "a.h5"], ranks=2)
    with h5py.File("a.h5") as results:
        loads = [results["points/load"][point] for point in results["visits/point"][:]]
        assert set(loads) == {0, 8}
        for load, rate in zip(loads, results["visits/load_rate"][:]):
            assert rate >= 0 if load else math.isnan(rate), (load, rate)
        assert max(rate for rate in results["visits/load_rate"][:] if not math.isnan(rate)) > 0
        assert not any(results["points/wrong"][:])
        assert min(results["visits/first_call"][:]) > 0 and min(results["visits/first_call_device"][:]) > 0


def measures_over_a_wan_in_the_lab():
    run(["--lab", "--topology", "three-campus-mesh", "--hosts-per-site", "1", "--slots", "2", "--backend", "nccl", "--algorithm",
         "flat,hierarchical", "--collective", "all_reduce,all_gather", "--size", "1KiB,100KiB", "--rounds", "1", "--min-samples",
         "2", "--max-samples", "3", "--quiet", "--format", "none", "-o", "lab.h5"], lab=True)
    with h5py.File("lab.h5") as results:
        assert len(set(results["ranks/site"][:])) == 3
        assert len(results["points/key"]) == 8 and not any(results["points/wrong"][:])
        for configured, measured in zip(results["pairs/configured_rtt"][:], results["pairs/measured_rtt"][:]):
            assert measured >= configured * 0.9, (configured, measured)


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


def names_what_the_machine_lacks():
    small = [*SMALL, "-o", "a.h5"]
    run(["--backend", "nccl", *small], 4, ["sees no CUDA device"], env={"CUDA_VISIBLE_DEVICES": ""})
    run(["--backend", "nccl", *small], 4, ["which shows 2 CUDA devices"], env={"LONGHAUL_DOUBLE_DEVICES": "2"})
    run(["--backend", "nccl", *small], 4, ["share GPU 0000:01:00.0"], env={"CUDA_VISIBLE_DEVICES": "0"})
    run(["--backend", "nccl", *small], 4, ["out of memory"], env={"LONGHAUL_DOUBLE_CUDA_FAIL": "cudaMalloc:1"})
    run(["--backend", "nccl", *small], 4, ["this build has no GPU module"], env={"LONGHAUL_MODULES": "/nowhere"})
    run(["--backend", "nccl", *small], 4, ["NCCL 2.19.3 is too old"], env={"LONGHAUL_DOUBLE_NCCL_VERSION": "21903"})
    run(["--backend", "mpi", "--memory", "device", *small], 4, ["says that it is not CUDA-aware", "LONGHAUL_CUDA_AWARE_MPI=1"])


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


try_each([measures_and_marks_the_file, tells_what_nccl_did, stores_the_health_of_each_gpu, measures_under_load_and_cold,
          measures_over_a_wan_in_the_lab, gives_each_communicator_its_own_configuration,
          makes_those_of_site_and_rail_for_hierarchical_calls_only, takes_the_one_device_that_each_rank_is_shown,
          keeps_patterns_pair_by_pair, gives_each_nccl_environment_launches_of_its_own, resumes_with_the_same_nccl_only,
          names_what_the_machine_lacks, inspects_gpus_before_ranks_meet, lets_a_cuda_aware_mpi_work_on_gpu_memory,
          falls_back_with_older_versions, refuses_what_makes_no_sense])
