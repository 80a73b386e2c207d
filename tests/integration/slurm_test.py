#!/usr/bin/python3
"""`longhaul submit` on a real Slurm: jobs are signalled, requeued, cancelled, lose a node and share the cluster, and no
visit is ever measured twice or lost.

With --campaign (minutes): Slurm's own early signal before a time limit, and 20 cancellations at random moments.
"""
# ctest: long, 500 s
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py

LONGHAUL = os.environ.get("LONGHAUL", str(pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"]) / "bin/longhaul"))
HOSTS = ["metro-a01", "metro-a02", "metro-b01", "metro-b02"]
ROUNDS = 20


def plan_of(rounds, visit_time="50ms"):
    """Never precise enough, so that a finished run has visited each point once in each round."""
    return ["--topology", "two-campus-metro", "--collective", "all_reduce", "--size", "16B,1KiB,16KiB", "--rounds", str(rounds),
            "--visit-time", visit_time, "--precision", "0.001%", "--deadline", "20s"]


def output(*command):
    """What a command prints. Slurm's clients end by SIGPIPE now and then when a busy slurmctld hangs up: asked again."""
    for last in (False, False, True):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != -signal.SIGPIPE or last or "submit" in command:
            break
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stderr}"
    return done.stdout.strip()


def submit(file, *options, plan=None):
    return output(LONGHAUL, "submit", *(plan or plan_of(ROUNDS)), "--time", "10min", "-o", file, *options).split("\n")


def log_of(job):
    return "\n".join(path.read_text() for path in pathlib.Path().glob(f"*.{job}.log"))


def state_of(job):
    found = re.search(r"JobState=(\S+)", output("scontrol", "show", "job", job))
    return found.group(1) if found else "?"


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.1)
    return value


def wait_until_ended(job, seconds=150):
    return wait_for(f"the end of job {job} ({log_of(job)})", seconds,
                    lambda: (state := state_of(job)) not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING") and state)


def wait_until_measuring(file, visits=2):
    parts = pathlib.Path(file + ".parts")
    wait_for(f"a visit in {file}", 30, lambda: parts.is_dir() and len(list(parts.iterdir())) >= visits)


def visits(file):
    """(slot, size, round, started) of each visit, from a copy that joins the file and its parts."""
    if not pathlib.Path(file).exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        copy = f"{folder}/copy.h5"
        subprocess.run([LONGHAUL, "convert", file, "-o", copy], check=True, capture_output=True)
        with h5py.File(copy) as results:
            slots = results["launches/slot"][:]
            sizes = results["points/size"][:]
            table = results["visits"]
            return [(int(slots[launch]), int(sizes[point]), int(round_), started.decode())
                    for launch, point, round_, started in zip(table["launch"][:], table["point"][:], table["round"][:],
                                                              table["started"][:])]


def launches(file):
    with h5py.File(file) as results:
        return len(results["launches/slot"])


def expect_complete(file, kept=(), rounds=ROUNDS):
    """Every point once in every round, and all visits that were there before."""
    found = visits(file)
    places = [visit[:3] for visit in found]
    expected = {(0, size, round_) for size in (16, 1024, 16384) for round_ in range(rounds)}
    assert len(places) == len(set(places)), f"{file}: {len(places) - len(set(places))} visits were measured twice"
    assert set(places) == expected, f"{file}: {len(expected - set(places))} visits are missing"
    lost = set(kept) - set(found)
    assert not lost, f"{file} lost {len(lost)} visits"


def a_job_runs_over_two_sites():
    job, = submit("plain.h5")
    assert wait_until_ended(job) == "COMPLETED", log_of(job)
    expect_complete("plain.h5")
    with h5py.File("plain.h5") as results:
        hosts = {host.decode() for host in results["ranks/host"][:]}
        sites = {site.decode() for site in results["ranks/site"][:]}
    assert hosts == set(HOSTS) and sites == {"metro-a", "metro-b"}, (hosts, sites)


def an_early_signal_stores_requeues_and_resumes():
    job, = submit("early.h5")
    wait_until_measuring("early.h5")
    output("scancel", "--batch", "--signal=USR1", job)  # as Slurm does before the limit: to the batch shell only
    wait_for("the requeued job", 30, lambda: "Restarts=1" in output("scontrol", "show", "job", job))
    kept = visits("early.h5")
    assert 0 < len(kept) < 3 * ROUNDS, f"{len(kept)} visits were stored at the signal"
    assert wait_until_ended(job) == "COMPLETED", log_of(job)
    expect_complete("early.h5", kept)
    assert launches("early.h5") == 2


def cancel(job, *how):
    """False where the job had ended before."""
    if subprocess.run(["scancel", *how, job], check=False, capture_output=True).returncode == 0:
        return True
    assert state_of(job) in ("COMPLETED", "COMPLETING"), f"cannot cancel job {job}: {state_of(job)}"
    return False


def cancelled_at_random_moments(times):
    """Each cancellation finds the job somewhere else; every other one is a plain kill -9 of the ranks."""
    moments = random.Random(int(os.environ.get("LONGHAUL_SEED", "1")))
    kept, cancelled, rounds = [], 0, max(ROUNDS, 5 * times)  # enough that the last one still finds something to measure
    for number in range(times):
        job, = submit("cancelled.h5", plan=plan_of(rounds))
        wait_for("the start", 30, lambda: state_of(job) == "RUNNING")
        time.sleep(moments.uniform(0.2, 3.0))
        cancelled += cancel(job, *(["--signal=KILL"] if number % 2 else []))
        wait_until_ended(job)
        now = visits("cancelled.h5")
        assert not set(kept) - set(now), f"cancellation {number} lost {len(set(kept) - set(now))} visits"
        kept = now
    assert cancelled > 0, "every job had ended before it was cancelled"
    job, = submit("cancelled.h5", plan=plan_of(rounds))
    assert wait_until_ended(job) == "COMPLETED", log_of(job)
    expect_complete("cancelled.h5", kept, rounds)
    print(f"   {cancelled} cancellations, {len(kept)} of {3 * rounds} visits before the last start, none lost or measured twice")


def processes_of(node):
    """All that runs on a node: they share its slurmd's host-name namespace."""
    def home(pid):
        try:
            return os.readlink(f"/proc/{pid}/ns/uts")
        except OSError:
            return None

    folder = pathlib.Path(os.environ["SLURM_CONF"]).parent
    place = home((folder / f"slurmd.{node}.pid").read_text().strip())
    return [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and home(entry.name) == place]


def kill_node(node):
    for pid in processes_of(node):
        os.kill(pid, signal.SIGKILL)


def bring_back(node):
    """As after a reboot with slurmd's spool in memory: Slurm 22.05 cannot start a step anew over the PMIx socket it left."""
    folder = pathlib.Path(os.environ["SLURM_CONF"]).parent
    for left in (f"spool.{node}", f"tmp.{node}"):
        shutil.rmtree(folder / left)
        (folder / left).mkdir()
    output(LONGHAUL, "lab", "exec", node, "--", "slurmd", "-N", node)
    # Refused where the node is back by itself.
    subprocess.run(["scontrol", "update", f"NodeName={node}", "State=RESUME"], check=False, capture_output=True)


def a_node_that_dies_ends_the_job():
    job, = submit("died.h5", "--early", "0s")
    wait_until_measuring("died.h5")
    kill_node("metro-b02")
    died = time.monotonic()
    before = visits("died.h5")
    state = wait_until_ended(job, 60)
    assert state in ("FAILED", "NODE_FAIL", "CANCELLED"), state
    print(f"   ended as {state} {time.monotonic() - died:.1f} s after its node died")
    assert "no answer     host metro-b02" in log_of(job), f"no diagnosis of ours names the node:\n{log_of(job)}"
    account = json.loads(pathlib.Path("died.h5.hang.json").read_text(encoding="utf-8"))
    assert [host["host"] for host in account["hosts"] if not host["answered"]] == ["metro-b02"], account
    assert before and not set(before) - set(visits("died.h5"))
    bring_back("metro-b02")
    wait_for("the node's return", 30, lambda: "idle" in output("sinfo", "-h", "-n", "metro-b02", "-o", "%T"))
    job, = submit("died.h5")
    assert wait_until_ended(job) == "COMPLETED", log_of(job)
    expect_complete("died.h5", before)


def a_job_that_slurm_takes_off_a_lost_node_resumes():
    """Slurm hears of it before the other ranks have found out."""
    job, = submit("lost.h5")
    wait_until_measuring("lost.h5")
    kill_node("metro-b02")
    output("scontrol", "update", "NodeName=metro-b02", "State=DOWN", "Reason=lost")
    wait_for("the requeued job", 30, lambda: "Restarts=1" in output("scontrol", "show", "job", job))
    kept = visits("lost.h5")
    assert 0 < len(kept) < 3 * ROUNDS, f"{len(kept)} visits were stored when the node was lost"
    bring_back("metro-b02")
    assert wait_until_ended(job) == "COMPLETED", log_of(job)
    expect_complete("lost.h5", kept)


def launches_share_the_time():
    job, = submit("timed.h5", "--launches", "2", "--for", "4s")
    assert wait_until_ended(job) == "COMPLETED", log_of(job)
    with h5py.File("timed.h5") as results:
        table = results["launches"]
        served = [(int(slot), ended.decode()) for slot, ended in zip(table["slot"][:], table["ended"][:])]
    assert served == [(0, "time"), (1, "time")], served


def two_jobs_at_once():
    """Each on one node of each site; Slurm gives them different ones."""
    by_site = ["--place", "features", "--nodes-per-site", "1"]
    jobs = [submit(f"pair{number}.h5", *by_site)[0] for number in (1, 2)]
    wait_for("both jobs", 30, lambda: [state_of(job) for job in jobs] == ["RUNNING", "RUNNING"])
    for number, job in enumerate(jobs, 1):
        assert wait_until_ended(job) == "COMPLETED", log_of(job)
        expect_complete(f"pair{number}.h5")


def partitions_make_one_mpi_job():
    job, = submit("het.h5", "--place", "partitions", "--nodes-per-site", "2")
    assert wait_until_ended(job) == "COMPLETED", log_of(job)
    expect_complete("het.h5")
    with h5py.File("het.h5") as results:
        assert {host.decode() for host in results["ranks/host"][:]} == set(HOSTS)


def shards_are_joined():
    numbers = submit("sharded.h5", "--shards", "2", "--sbatch=--comment=net", "--setup", "export WHO=$SLURM_JOB_ID; touch set-up.$WHO")
    assert len(numbers) == 3
    assert all("Comment=net" in output("scontrol", "show", "job", job) for job in numbers)
    assert wait_until_ended(numbers[-1]) == "COMPLETED", log_of(numbers[-1])
    found = {visit[1:3] for visit in visits("sharded.h5")}
    assert found == {(size, round_) for size in (16, 1024, 16384) for round_ in range(ROUNDS)}, len(found)
    assert all(pathlib.Path(f"set-up.{job}").exists() for job in numbers)
    *shards, join = submit("unjoined.h5", "--shards", "2", "--setup", "exit 3")
    assert [wait_until_ended(job) for job in shards] == ["FAILED", "FAILED"]
    assert wait_until_ended(join) == "CANCELLED", "the joining job waits for shards that failed"


def gpus_are_handed_to_ranks():
    devices = output("srun", "--mpi=pmix", "-N4", "--ntasks-per-node=2", "--gres=gpu:2", "--gpus-per-task=1",
                     "sh", "-c", "echo $CUDA_VISIBLE_DEVICES")
    assert len(devices.split()) == 8, devices


def a_host_in_no_site_is_named():
    done = subprocess.run(["srun", "--mpi=pmix", "-N4", "env", "-u", "LONGHAUL_LAB", LONGHAUL, "run", "--topology",
                           "transatlantic", "--size", "16B", "-o", "nowhere.h5"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "host 'metro-a01' is in no site of topology" in done.stderr, done.stderr


def renamed_run(file, *launcher):
    """Run of a topology that calls its hosts otherwise than they are called. Returns the sites they went to."""
    known = pathlib.Path(os.environ["LONGHAUL_SOURCE_DIR"], "topologies/catalogue/two-campus-metro.yaml").read_text(encoding="utf-8")
    pathlib.Path("renamed.yaml").write_text(known.replace("hosts: metro-", "hosts: gpu-"), encoding="utf-8")
    subprocess.run(["srun", "--mpi=pmix", "-N4", *launcher, "env", "-u", "LONGHAUL_LAB", LONGHAUL, "run", "--topology", "renamed.yaml",
                    "--size", "16B", "--rounds", "1", "--quiet", "--format", "none", "-o", file], check=True, timeout=60)
    with h5py.File(file) as results:
        return {(host.decode()[:7], site.decode()) for host, site in zip(results["ranks/host"][:], results["ranks/site"][:])}


AS_THEY_LIE = {("metro-a", "metro-a"), ("metro-b", "metro-b")}


def hosts_find_their_sites_by_feature():
    """Slurm is asked twice a host, however many ranks it has."""
    folder = pathlib.Path("counting").resolve()
    folder.mkdir()
    (folder / "scontrol").write_text(f'#!/bin/sh\necho "$@" >>{folder}/asked\nexec {shutil.which("scontrol")} "$@"\n',
                                     encoding="utf-8")
    (folder / "scontrol").chmod(0o755)
    assert renamed_run("featured.h5", "--ntasks-per-node=2", "env", f"PATH={folder}:{os.environ['PATH']}") == AS_THEY_LIE
    asked = (folder / "asked").read_text(encoding="utf-8").split("\n")[:-1]
    assert len(asked) == 8, asked


def hosts_find_their_sites_by_switch():
    """Where no feature is called as a site, topology.conf is left."""
    for host in HOSTS:
        output("scontrol", "update", f"NodeName={host}", "AvailableFeatures=plain", "ActiveFeatures=plain")
    assert "ActiveFeatures=plain" in output("scontrol", "-o", "show", "node", "metro-a01")
    assert renamed_run("switched.h5") == AS_THEY_LIE
    for host in HOSTS:
        output("scontrol", "update", f"NodeName={host}", f"AvailableFeatures={host[:7]}", f"ActiveFeatures={host[:7]}")


def a_job_measures_until_its_spec_decides():
    """Started in the allocation itself, not by srun: each launch is a step of its own. One visit never decides, so there are two."""
    pathlib.Path("small.yaml").write_text("accept: [flagged]\nrules:\n  - name: small\n    where: {size: 16B}\n"
                                          "    require: {time: {at_most: 30 s}}\n", encoding="utf-8")
    done = subprocess.run(["salloc", "-N4", "env", "-u", "LONGHAUL_LAB", LONGHAUL, "run", "--topology", "two-campus-metro", "--collective",
                           "all_reduce", "--size", "16B,1KiB", "--rounds", "1", "--visit-time", "50ms", "--quiet", "--format", "none",
                           "--until-decided", "--spec", "small.yaml", "--for", "40s", "-o", "decided.h5"],
                          capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL)
    assert done.returncode in (0, 3) and "this is look 1," not in done.stderr, f"exit {done.returncode}\n{done.stderr}"
    with h5py.File("decided.h5") as results:
        assert set(results["launches/ranks"][:]) == {4}
        visits = {int(size): int(count) for size, count in zip(results["points/size"][:], results["points/visits"][:])}
    assert visits[1024] == 1 < visits[16] and launches("decided.h5") >= 2, visits


def slurm_signals_before_the_limit():
    """Slurm itself sends the early signal, which may come up to a minute early."""
    rounds = 30
    job, = submit("limit.h5", "--time", "60s", "--early", "55s", plan=plan_of(rounds, "400ms"))
    assert wait_until_ended(job, 600) == "COMPLETED", log_of(job)
    expect_complete("limit.h5", rounds=rounds)
    assert launches("limit.h5") >= 2
    print(f"   {launches('limit.h5')} launches, {3 * rounds} visits, none lost or measured twice")


def within_the_lab(campaign):
    tests = [a_job_runs_over_two_sites, an_early_signal_stores_requeues_and_resumes,
             lambda: cancelled_at_random_moments(20 if campaign else 3), a_node_that_dies_ends_the_job,
             a_job_that_slurm_takes_off_a_lost_node_resumes, launches_share_the_time, two_jobs_at_once,
             partitions_make_one_mpi_job, shards_are_joined, gpus_are_handed_to_ranks, a_host_in_no_site_is_named,
             hosts_find_their_sites_by_feature, hosts_find_their_sites_by_switch, a_job_measures_until_its_spec_decides]
    if campaign:
        tests.append(slurm_signals_before_the_limit)
    for test in tests:
        begin = time.monotonic()
        name = test.__name__.replace("<lambda>", "cancelled_at_random_moments").replace("_", " ")
        passes(test, name.replace(" ", "-"))
        print(f"ok {name}, {time.monotonic() - begin:.1f} s", flush=True)


def passes(test, folder):
    """Runs a test in a folder of its own; once more, and says so, where a rank died as those of Debian's Open MPI 4.1.4 now and
    then do in MPI_Init (docs/cluster.md)."""
    here = pathlib.Path.cwd()
    for attempt in ["", "-again"]:
        own = here / (folder + attempt)
        own.mkdir()
        os.chdir(own)
        try:
            return test()
        except AssertionError as error:
            if attempt or not died_in_open_mpi(str(error), *(path.read_text() for path in own.glob("*.log"))):
                raise
            print(f"{folder}: Open MPI died where it starts; once more", flush=True)
            subprocess.run(["scancel", "--user", str(os.geteuid())], check=False)
            wait_for("an empty queue", 60, lambda: not output("squeue", "--noheader"))
        finally:
            os.chdir(here)


def died_in_open_mpi(*said):
    """At a function that nobody had registered, which leaves no frame of ours in its trace."""
    text = "\n".join(said)
    return "Failing at address: (nil)" in text and not re.search(r"\] \S*longhaul\(", text)


def main():
    if "--within" in sys.argv:
        within_the_lab("--campaign" in sys.argv)
        return 0
    if os.geteuid() != 0 or not shutil.which("slurmctld"):
        print("skipped: needs root and Slurm (apt-get install munge slurm-wlm slurm-wlm-basic-plugins)")
        return 77
    with tempfile.TemporaryDirectory(prefix="longhaul-slurm.") as folder:
        begin = time.monotonic()
        done = subprocess.run([LONGHAUL, "lab", "--slurm", "--quiet", "--topology", "two-campus-metro", "--", sys.executable,
                               os.path.abspath(__file__), "--within", *sys.argv[1:]], cwd=folder, check=False)
        print(f"{time.monotonic() - begin:.0f} s in all")
    assert not pathlib.Path(folder).exists()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
