#!/usr/bin/python3
"""Ranks that are stopped, killed or cut off while a run measures in the lab: the run says who, and every rank ends.

With --campaign N: N hangs of any rank at random moments, and how long each took to be written down and ended.
"""
# ctest: long, 240 s, first
import glob
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import h5py

LONGHAUL = os.environ.get("LONGHAUL", str(pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"]) / "bin/longhaul"))
DEADLINE, LIMIT = 5, 10  # s: of a collective; from there until every rank has ended
HOSTS = ["metro-a01", "metro-a02", "metro-b01", "metro-b02"]
HUNG, ENVIRONMENT = 5, 4


def processes(file, verb):
    """{rank or pid: pid} of the program's processes that write this file."""
    found = {}
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            words = pathlib.Path(folder, "cmdline").read_bytes().split(b"\0")
            if os.path.basename(words[0]) != b"longhaul" or words[1] != verb.encode() or file.encode() not in words:
                continue
            variables = pathlib.Path(folder, "environ").read_bytes().split(b"\0")
        except (OSError, IndexError):
            continue
        for variable in variables:
            if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                found[int(variable.split(b"=")[1])] = int(folder[6:])
    return found


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.05)
    return value


def start(file, backend):
    return subprocess.Popen([LONGHAUL, "run", "--lab", "--backend", backend, "--topology", "two-campus-metro", "--collective", "all_reduce", "--size",
                             "16B,64KiB", "--rounds", "60", "--visit-time", "200ms", "--precision", "0.001%", "--deadline",
                             f"{DEADLINE}s", "--quiet", "--format", "none", "-o", file],
                            stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)


def lab_of(pid):
    for variable in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
        if variable.startswith(b"LONGHAUL_LAB="):
            return os.path.basename(variable.split(b"=")[1].decode())
    raise AssertionError(f"process {pid} is in no lab")


def inject(kind, ranks, victim):
    if kind == "cut":
        subprocess.run([LONGHAUL, "lab", "exec", "--lab", lab_of(ranks[victim]), HOSTS[victim], "--", "ip", "link", "set", "lh0",
                        "down"], check=True)
    else:
        os.kill(ranks[victim], {"stop": signal.SIGSTOP, "kill": signal.SIGKILL}[kind])


def account_of(kind, victim, file):
    """Whose host is lost has an account of its own side at most; the next host stands in for that of rank 0."""
    return f"{file}.hang.{HOSTS[1]}.json" if kind == "cut" and victim == 0 else file + ".hang.json"


def hang(kind, victim, delay, backend="mpi"):
    """One hang from start to end; returns the seconds from the deadline until its account was written and until all ranks had
    ended."""
    file = os.path.abspath(f"{kind}.h5")
    for left in glob.glob(file + "*"):
        shutil.rmtree(left) if os.path.isdir(left) else os.unlink(left)
    run = start(file, backend)
    try:
        wait_for("measuring, or the end of the run,", 40, lambda: glob.glob(file + ".parts/*") or run.poll() is not None)
        assert run.returncode is None, f"exit {run.returncode}\n{run.stderr.read()}"
        time.sleep(delay)
        ranks = processes(file, "run")
        assert len(ranks) == 4, ranks
        inject(kind, ranks, victim)
        begin, began = time.monotonic(), time.time()
        alive = [pid for pid in ranks.values()]
        wait_for("the end of all ranks", DEADLINE + LIMIT + 5, lambda: not any(is_alive(pid) for pid in alive))
        waited = 0 if kind == "kill" else DEADLINE
        late = time.monotonic() - begin - waited
        _, told = run.communicate(timeout=30)
    finally:
        run.kill()
        run.wait()
    assert late < LIMIT, f"{kind} of rank {victim}: ranks ended {late:.1f} s after the deadline\n{told}"
    check(kind, victim, file, run.returncode, told, backend)
    return os.stat(account_of(kind, victim, file)).st_mtime - began - waited, late


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def check(kind, victim, file, code, told, backend):
    assert code == (HUNG if kind == "stop" else ENVIRONMENT), f"{kind} of rank {victim}: exit {code}\n{told}"
    if kind == "cut" and victim == 0:
        check_lost_chief(account_of(kind, victim, file))
    elif kind == "kill":
        check_gone(victim, file)
    elif backend == "net" and "stuck at" not in told:  # else the victim was outside collectives, where MPI waits for it
        check_fault(kind, victim, file, told)
    else:
        check_stuck(kind, victim, file, told)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([LONGHAUL, "convert", file, "-o", f"{folder}/copy.h5"], check=True, capture_output=True)
        with h5py.File(f"{folder}/copy.h5") as results:
            assert len(results["visits/visit"]) >= 1


def hosts_in(account):
    hosts = {host["host"]: host for host in json.loads(pathlib.Path(account).read_text())["hosts"]}
    assert list(hosts) == HOSTS, list(hosts)
    return hosts


def ranks_in(hosts):
    return {rank["rank"]: rank for host in hosts.values() for rank in host["ranks"]}


def check_stuck(kind, victim, file, told):
    ours = [line for line in told.splitlines() if line.startswith(("longhaul: stuck at", "  "))]
    assert any(line.startswith("longhaul: stuck at") for line in ours), told
    hosts = hosts_in(file + ".hang.json")
    if kind == "stop":
        assert f"rank {victim} ({HOSTS[victim]})" in told and "process stopped" in told, told
        ranks = ranks_in(hosts)
        assert [rank for rank in ranks if ranks[rank]["process"] == "stopped"] == [victim], ranks
        stuck = [ranks[rank] for rank in ranks if rank != victim]
        assert len(stuck) == 3 and all(any("libmpi" in frame for frame in rank["stack"]) for rank in stuck), stuck
    else:
        assert f"no answer     host {HOSTS[victim]} (rank {victim})" in told, told
        assert not hosts[HOSTS[victim]]["answered"]


def check_lost_chief(account):
    hosts = hosts_in(account)
    assert [host for host in HOSTS if hosts[host]["answered"]] == HOSTS[1:], hosts
    ranks = ranks_in(hosts)
    assert sorted(ranks) == [1, 2, 3] and all(rank["stack"] for rank in ranks.values()), ranks


def check_gone(victim, file):
    ranks = ranks_in(hosts_in(file + ".hang.json"))
    assert ranks[victim]["process"] == "gone", ranks


def check_fault(kind, victim, file, told):
    """A communicator that keeps deadlines speaks first; the watchers write down the rest."""
    assert f"rank {victim} ({HOSTS[victim]}) did not enter all_reduce" in told and "hang.json" in told, told
    ranks = ranks_in(hosts_in(file + ".hang.json"))
    assert any("flows wait" in rank["fault"] for rank in ranks.values()), ranks
    if kind == "stop":
        assert ranks[victim]["process"] == "stopped" and not ranks[victim]["fault"], ranks
    else:
        assert victim not in ranks, ranks


def main():
    if "--campaign" in sys.argv:
        chance = random.Random(int(os.environ.get("LONGHAUL_SEED", "1")))
        hangs = [(chance.choice(["stop", "stop", "cut", "kill"]), chance.randrange(4), chance.uniform(0, 3),
                  chance.choice(["mpi", "net"])) for _ in range(int(sys.argv[sys.argv.index("--campaign") + 1]))]
    else:
        hangs = [("stop", 2, 0.5, "mpi"), ("cut", 3, 0.5, "mpi"), ("kill", 1, 0.2, "mpi"), ("stop", 0, 0.5, "mpi"),
                 ("cut", 0, 0.5, "mpi"), ("stop", 1, 0.5, "net"), ("kill", 3, 0.2, "net"), ("cut", 0, 0.5, "net")]
    times = []
    for kind, victim, delay, backend in hangs:
        times.append(hang(kind, victim, delay, backend))
        print(f"ok {backend} {kind} rank {victim}: written down {times[-1][0]:.1f} s, all ranks ended {times[-1][1]:.1f} s after the "
              "deadline", flush=True)
    for what, spent in zip(["written down", "all ranks ended"], zip(*times)):
        print(f"{len(spent)} hangs: {what} {statistics.median(spent):.1f} s after the deadline (median), {max(spent):.1f} s at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
