#!/usr/bin/python3
# ctest: lab, 300 s, alone
"""The verb `run` of the built program: real ranks on four emulated hosts in two sites, and what can go wrong with it."""
import collections
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import h5py

LONGHAUL = os.environ["LONGHAUL"]
MPI = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
LAB = ["--lab", "--topology", "two-campus-metro", "--quiet", "--rounds", "2", "--visit-time", "60ms"]


def run(*words, code=0, says="", env=None):
    """Runs longhaul; checks its exit code, that stderr holds `says`, and that an error is one line. Returns stdout."""
    done = subprocess.run([LONGHAUL, *words], capture_output=True, text=True, env={**MPI, **(env or {})}, timeout=120,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    assert says in done.stderr, f"{words}: stderr lacks '{says}':\n{done.stderr}"
    if code != 0:
        assert len(own_lines(done.stderr, "mpirun" in words)) == 1, f"{words}: not one line:\n{done.stderr}"
    return done.stdout


def own_lines(errors, users_mpirun):
    """The lines of stderr; under an mpirun that the user started, without the banner that it adds when a rank fails."""
    return [line for line in errors.splitlines() if line.startswith("longhaul: ") or not users_mpirun]


def texts(column):
    return [value.decode() for value in column[:]]


def visited(file):
    """How often each (planned launch, round, point) was measured."""
    with h5py.File(file) as results:
        slot = dict(zip(results["launches/launch"][:], results["launches/slot"][:]))
        visits = results["visits"]
        return collections.Counter(zip((slot[launch] for launch in visits["launch"][:]), visits["round"][:], visits["point"][:]))


def measures_in_the_lab():
    table = run("run", *LAB, "--collective", "all_reduce,all_gather", "--algorithm", "flat,hierarchical", "--size", "16B,64KiB",
                "--wan-rtt", "native,+10ms", "-o", "lab.h5")
    assert "1:" in table and "all_gather" in table, table
    with h5py.File("lab.h5") as results:
        assert len(set(texts(results["ranks/host"]))) == 4
        assert set(texts(results["ranks/site"])) == {"metro-a", "metro-b"}
        assert len(results["points/key"]) == 16
        assert sum(results["visits/wrong"][:]) == 0
        assert min(results["visits/sample_count"][:]) > 0  # of which a busy machine may spoil all of a visit
        rtts = dict(zip(results["pairs/configured_rtt"][:], results["pairs/measured_rtt"][:]))
        assert sorted(round(rtt, 4) for rtt in rtts) == [0.0008, 0.0108], rtts
        for configured, measured in zip(results["pairs/configured_rtt"][:], results["pairs/measured_rtt"][:]):
            assert measured >= configured, (configured, measured)
        wan = texts(results["points/wan"])
        far = [duration for visit, duration in zip(results["samples/visit"][:], results["samples/duration"][:])
               if wan[results["visits/point"][visit]] == "+10ms"]
        assert far and min(far) >= 0.0053, min(far)  # one crossing at the least
        assert texts(results["launches/congestion_control"]) == ["cubic"]
        check_emulator(results)
        orders = results["visits/order"][:]
        assert sorted(orders) == list(range(len(orders))), orders
        for name in texts(results["launches/environment"])[0].splitlines():
            assert name.startswith(("OMPI_MCA_", "PMIX_MCA_", "PRTE_MCA_", "NCCL_", "UCX_", "FI_", "SLURM_")), name
    assert set(visited("lab.h5").values()) == {1}


def check_emulator(results):
    """What the emulator counted and how late it was: of every visit, of both directions, as much as the ranks sent."""
    visits, links = results["visits"], results["links"]
    for p50, p99, most in zip(visits["lateness_p50"][:], visits["lateness_p99"][:], visits["lateness_max"][:]):
        assert 0 <= p50 <= p99 <= most < 10 and most > 0, (p50, p99, most)
    assert set(zip(texts(links["from"]), texts(links["to"]))) == {("metro-a", "metro-b"), ("metro-b", "metro-a")}
    assert set(texts(links["link"])) == {"metro-a-metro-b"} and min(links["rate"][:]) > 0
    carried = collections.Counter()
    for visit, size in zip(links["visit"][:], links["bytes"][:]):
        carried[visit] += size
    for visit, point in enumerate(visits["point"][:]):
        least = results["points/size"][point] * visits["sample_count"][visit] / 2  # of an all_gather half of it crosses
        assert carried[visit] >= least, (visit, carried[visit], least)
    assert all(packets > 0 for packets, size in zip(links["packets"][:], links["bytes"][:]) if size > 0)


def refuses_to_overwrite_and_knows_when_it_is_done():
    before = visited("lab.h5")
    run("run", *LAB, "--size", "16B", "-o", "lab.h5", code=2, says="lab.h5")
    run("run", *LAB, "--collective", "all_reduce,all_gather", "--algorithm", "flat,hierarchical", "--size", "16B,64KiB",
        "--wan-rtt", "native,+10ms", "-o", "lab.h5", "--resume")
    assert visited("lab.h5") == before
    for other in (["--topology", "two-campus-hollow-core"], ["--topology", "two-campus-metro", "--scale", "1:5000"]):
        # Also where nothing of the plan is left to measure.
        run("run", "--lab", *other, "--quiet", "--size", "16B", "--collective", "all_reduce", "-o", "lab.h5", "--resume", code=2,
            says="cannot resume")


def never_mixes_an_uncapped_lab_a_scaled_one_and_real_hosts():
    host = socket.gethostname()
    pathlib.Path("here.yaml").write_text(f"name: here\ntitle: This machine\nsites:\n"
                                         f"  - {{name: here, hosts: '{host}', fabric: {{host_rate: 1 Gbit/s}}}}\n", encoding="utf-8")
    point = ["--topology", "here.yaml", "--collective", "all_reduce", "--size", "16B", "--rounds", "2", "--visit-time", "20ms",
             "--quiet", "-o", "here.h5"]
    lab = ["run", "--lab", "--slots", "2", "--scale"]
    table = run(*lab, "uncapped", *point)
    assert "rates uncapped, delays 1:1" in table, table
    with h5py.File("here.h5") as results:
        assert list(results["launches/scale"][:]) == [0]
    run(*lab, "1:1", *point, "--resume", code=2, says="the lab's scale was 'uncapped' and is '1:1' now")
    done = mpirun(2, *point, "--resume")
    assert done.returncode == 2 and "what imposes the WAN was 'lab' and is 'none' now" in done.stderr, done.stderr


def mpirun(ranks, *words, env=None):
    """As a user would start it, without a lab."""
    command = ["mpirun", "-np", str(ranks), "--oversubscribe", "--bind-to", "none", LONGHAUL, "run", *words]
    return subprocess.run(command, capture_output=True, text=True, env={**MPI, **(env or {})}, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


def more_ranks_than_cores_yield_within_mpi_unless_told_otherwise():
    plan = ["--collective", "all_reduce", "--size", "16B", "--rounds", "2", "--visit-time", "50ms", "--quiet"]
    for told, kept in (({}, "OMPI_MCA_mpi_yield_when_idle=1"), ({"OMPI_MCA_mpi_yield_when_idle": "0"}, "OMPI_MCA_mpi_yield_when_idle=0")):
        file = f"many{len(told)}.h5"
        done = mpirun(os.cpu_count() + 1, *plan, "-o", file, env=told)
        assert done.returncode == 0, done.stderr
        with h5py.File(file) as results:
            assert kept in texts(results["launches/environment"])[0].splitlines(), texts(results["launches/environment"])
            assert all(flags & 16 for flags in results["visits/flags"][:])
            assert min(results["visits/start_tolerance"][:]) >= 250e-6
    done = mpirun(1, *plan, "-o", "one.h5")
    assert done.returncode == 0, done.stderr
    with h5py.File("one.h5") as results:
        assert "yield_when_idle" not in texts(results["launches/environment"])[0]
        assert not any(flags & 16 for flags in results["visits/flags"][:])
        assert min(results["visits/start_tolerance"][:]) >= 20e-6


def every_operation_mode_and_place():
    run("run", *LAB, "--collective", "all_reduce,all_gather,reduce_scatter,broadcast,reduce,all_to_all,send_recv",
        "--size", "0B,1000B", "--mode", "latency,throughput", "--in-place", "false,true", "--wan-rtt", "0ms", "--rounds", "1",
        "-o", "all.h5")
    with h5py.File("all.h5") as results:
        assert len(results["points/key"]) == (5 * 2 + 2) * 2 * 2
        assert all(wrong == 0 for wrong in results["points/wrong"][:])


def starts_anew_for_each_launch_and_bears_other_clocks():
    run("run", *LAB, "--size", "4KiB", "--launches", "2", "-o", "launches.h5",
        env={"LONGHAUL_TEST_CLOCK": "1:5:50,2:-5:-50,3:1:20"})
    with h5py.File("launches.h5") as results:
        assert list(results["launches/slot"][:]) == [0, 1]
        offsets = results["ranks/clock_offset"][:4]
        assert [round(offset) for offset in offsets] == [0, -5, 5, -1], offsets
        assert all(0.0003 < median < 0.2 for median in results["visits/median"][:] if median == median)
    assert set(visited("launches.h5").values()) == {1}


def find_rank(number, file):
    """The process that is this rank of the run that writes this file; not its host's watcher, which has its environment."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if f"OMPI_COMM_WORLD_RANK={number}\0".encode() in (folder / "environ").read_bytes() and \
                    (folder / "comm").read_text().strip() == "longhaul" and words[1] == b"run" and file.encode() in words and \
                    (folder / "cwd").samefile("."):
                return int(folder.name)
        except OSError:
            continue
    return None


def start_long_run(file, *more):
    process = subprocess.Popen([LONGHAUL, "run", "--lab", "--topology", "two-campus-metro", "--quiet", "--size", "16B:64KiB:x16",
                                "--wan-rtt", "native,0ms", "--rounds", "4", "--visit-time", "300ms", "-o", file, *more],
                               env=MPI, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    parts = pathlib.Path(file + ".parts")
    deadline = time.time() + 60
    while time.time() < deadline and not (parts.exists() and len(list(parts.glob("*.part"))) >= 2):
        time.sleep(0.05)
    return process


def ctrl_c_keeps_what_is_finished_and_resume_completes_it():
    process = start_long_run("stop.h5")
    os.killpg(process.pid, signal.SIGTERM)  # as timeout(1) does: each process of the lab gets it too
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, (process.returncode, errors)
    assert "go on with --resume" in errors and "lost" not in errors, errors
    first = visited("stop.h5")
    assert 0 < len(first) < 24, first
    run("run", "--lab", "--topology", "two-campus-metro", "--quiet", "--size", "16B:64KiB:x16", "--wan-rtt", "native,0ms",
        "--rounds", "4", "--visit-time", "50ms", "-o", "stop.h5", "--resume")
    second = visited("stop.h5")
    assert set(second.values()) == {1} and set(first) <= set(second), second


def a_soak_that_is_cut_short_says_so():
    pathlib.Path("none.yaml").write_text("events:\n  - {at: 50 s, cut: metro-a-metro-b, for: 1 s}\n", encoding="utf-8")
    process = subprocess.Popen([LONGHAUL, "run", "--lab", "--topology", "two-campus-metro", "--quiet", "--collective", "all_reduce",
                                "--size", "16B", "--for", "60s", "--events", "none.yaml", "--gateway", "tun", "-o", "soak.h5"],
                               env=MPI, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.time() + 60
    begun = re.compile(r"[1-9]\d* steps of events to come")  # the emulator is told them as the soak begins
    while time.time() < deadline and not begun.search(subprocess.run([LONGHAUL, "wan", "show"], capture_output=True, text=True, check=False).stdout):
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, (process.returncode, errors)
    with h5py.File("soak.h5") as results:
        assert [flags & 32 for flags in results["visits/flags"][:]] == [32]
        assert texts(results["launches/gateway"]) == ["tun"]


def a_rank_that_dies_ends_the_run_and_loses_nothing():
    process = start_long_run("dead.h5")
    rank = find_rank(2, "dead.h5")
    assert rank is not None
    os.kill(rank, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 4, (process.returncode, errors)
    assert "finished visits are in dead.h5" in errors, errors
    out = run("convert", "dead.h5", "--to", "csv")
    assert len(out.splitlines()) > 1, out


def bad_input_is_one_line():
    run("run", "--topology", "two-campus-metro", "--size", "16B", "-o", "x.h5", code=2, says="use `longhaul run --lab")
    run("run", "--collective", "all_reduse", "-o", "x.h5", code=2, says="all_reduce")
    run("run", "--size", "16Q", "-o", "x.h5", code=2, says="16Q")
    run("run", "--size", "16B", "--wan-rtt", "+10ms", "-o", "x.h5", code=2, says="or --lab with a topology")
    run("run", "--size", "16B", "-o", "missing/x.h5", code=4, says="missing")
    run("run", "--lab", "--size", "16B", "-o", "x.h5", code=2, says="--lab needs a topology")
    run("run", *LAB, "--size", "16B", "--gateway", "tan", "-o", "x.h5", code=2, says="unknown gateway 'tan'; expected auto, queue or tun")
    run("run", "--size", "16B", "--gateway", "tun", "-o", "x.h5", code=2, says="--gateway shapes a lab; add --lab")
    run("run", "--lab", "--topology", "two-campus-metre", "-o", "x.h5", code=2, says="two-campus-metro")
    run("lab", "--topology", "two-campus-metro", "--quiet", "--", "mpirun", "-np", "3", LONGHAUL, "run", "--size", "16B", "-o",
        "x.h5", code=2, says="the lab has 4 hosts")
    catalogue = pathlib.Path(os.environ["LONGHAUL_SOURCE_DIR"]) / "topologies/catalogue/two-campus-metro.yaml"
    pathlib.Path("mine.yaml").write_text(catalogue.read_text(encoding="utf-8").replace("length: 80 km", "length: 90 km"), encoding="utf-8")
    run("lab", "--topology", "two-campus-metro", "--quiet", "--", "mpirun", LONGHAUL, "run", "--topology", "mine.yaml", "--size", "16B",
        "-o", "x.h5", code=2, says="one name, two texts")
    pathlib.Path("bad.yaml").write_text("collective: all_reduce\nround: 3\n", encoding="utf-8")
    run("run", "--plan", "bad.yaml", "-o", "x.h5", code=2, says="bad.yaml:2:1")
    pathlib.Path("garbage.h5").write_bytes(os.urandom(5000))
    run("run", "--size", "16B", "-o", "garbage.h5", "--resume", code=2, says="garbage.h5")
    assert not pathlib.Path("x.h5").exists()


def main():
    for old in pathlib.Path(".").glob("*.h5*"):
        subprocess.run(["rm", "-rf", str(old)], check=True)
    for test in (measures_in_the_lab, refuses_to_overwrite_and_knows_when_it_is_done,
                 never_mixes_an_uncapped_lab_a_scaled_one_and_real_hosts, every_operation_mode_and_place,
                 starts_anew_for_each_launch_and_bears_other_clocks, more_ranks_than_cores_yield_within_mpi_unless_told_otherwise,
                 ctrl_c_keeps_what_is_finished_and_resume_completes_it, a_soak_that_is_cut_short_says_so,
                 a_rank_that_dies_ends_the_run_and_loses_nothing, bad_input_is_one_line):
        begin = time.time()
        test()
        print(f"{test.__name__}: {time.time() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    main()
