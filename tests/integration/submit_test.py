#!/usr/bin/python3
# ctest: unit, 60 s
"""What `longhaul submit` writes, and that its script requeues whenever Slurm's early signal comes: run by bash, with
stand-ins for srun and scontrol."""
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

LONGHAUL = os.environ["LONGHAUL"]
TOPOLOGY = ["--topology", "two-campus-metro", "--collective", "all_reduce"]


def script_of(*options, code=0):
    done = subprocess.run([LONGHAUL, "submit", *TOPOLOGY, "--dry-run", "-o", "run.h5", *options], capture_output=True, text=True,
                          check=False)
    assert done.returncode == code, f"{options}: exit {done.returncode}\n{done.stderr}"
    return done.stdout


def run_words(script):
    """Of the program that srun starts."""
    command = re.search(r"srun .*\\\n\s+(.*?)( &| \|\| exit)?$", script, re.MULTILINE).group(1)
    return shlex.split(command)[1:]


def value(words, option):
    return words[words.index(option) + 1]


def options_of_run_are_handed_on():
    words = run_words(script_of("--backend", "net", "--wan", "plugin", "--net-channels", "2", "--net-buffer", "1MiB",
                                "--net-completion", "rdma", "--force", "--quiet", "--format", "none", "--in-place"))
    for option, text in (("--net-channels", "2"), ("--net-buffer", "1MiB"), ("--net-completion", "rdma"), ("--format", "none")):
        assert value(words, option) == text, words
    assert words[words.index("--force") + 1].startswith("--") and "--quiet" in words, words
    assert "--lab" not in script_of() and subprocess.run([LONGHAUL, *words, "--help"], capture_output=True, check=False).returncode == 0
    assert value(run_words(script_of("--size", "16B", "--size", "64B")), "--size") == "64B"
    assert run_words(script_of("--in-place", "--seed", "3")).count("true") == 0


def launches_share_the_time():
    script = script_of("--launches", "3", "--for", "30min")
    assert value(run_words(script), "--for") == "600s", script
    assert "at most 00:30:15 by the plan" in script and "--time=00:40:00" in script, script
    assert value(run_words(script_of("--launches", "3", "--for", "1s")), "--for") == "333ms"
    assert value(run_words(script_of("--for", "30min")), "--for") == "30min"
    pathlib.Path("plan.yaml").write_text("launches: 2\nfor: 1 min\n", encoding="utf-8")
    assert value(run_words(script_of("--plan", "plan.yaml")), "--for") == "30s"


def shards_are_joined_under_the_same_account():
    scripts = script_of("--shards", "2", "--sbatch=--account=net", "--sbatch=--gres=nic:1", "--setup", "module load longhaul")
    measuring, joining = scripts.split("# ---- run.shard-2-of-2.sbatch")[1].split("# ---- run.sbatch")
    for script in (measuring, joining):
        assert "#SBATCH --account=net\n" in script and "\nmodule load longhaul\n" in script, script
    assert "--gres" in measuring and "--gres" not in joining, joining
    assert "#SBATCH --kill-on-invalid-dep=yes\n" in joining, joining


def shards_go_on_with_their_own_files_and_overwrite_none():
    """Said before anything is submitted, not by the joining job once all has been measured."""
    stand_in("sbatch", "echo 7\n")
    path = f"{pathlib.Path('programs').resolve()}:{os.environ['PATH']}"

    def submitted(*options):
        return subprocess.run([LONGHAUL, "submit", *TOPOLOGY, "-o", "joined.h5", *options], capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": path})

    for file in pathlib.Path().glob("joined.*"):
        file.unlink()
    pathlib.Path("joined.shard-2-of-2.h5").touch()
    done = submitted("--shards", "2")
    assert done.returncode == 0 and done.stdout.split() == ["7"] * 3, done
    assert "joined.shard-2-of-2.h5 exists; the job goes on with it" in done.stderr and "shard-1-of-2.h5 exists" not in done.stderr, done
    pathlib.Path("joined.h5").touch()
    done = submitted("--shards", "2")
    assert done.returncode == 2 and not done.stdout and "move it away and submit again" in done.stderr, done
    done = submitted()
    assert done.returncode == 0 and "joined.h5 exists; the job goes on with it" in done.stderr, done


def stand_in(name, text):
    folder = pathlib.Path("programs")
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/bash\n" + text, encoding="utf-8")
    (folder / name).chmod(0o755)


READY = "trap 'echo signalled >>said; exit 0' USR1; for _ in {1..100}; do sleep 0.05; done; exit 9"


def start(script, ranks):
    """Runs a script as a batch job's shell would; `ranks` is what srun does."""
    pathlib.Path("said").write_text("", encoding="utf-8")
    pathlib.Path("job.sh").write_text(script, encoding="utf-8")
    stand_in("srun", f"echo started >>said\n{ranks}\n")
    stand_in("scontrol", 'echo "$1" >>said\n')
    path = f"{pathlib.Path('programs').resolve()}:{os.environ['PATH']}"
    return subprocess.Popen(["bash", "job.sh"], env={**os.environ, "PATH": path, "SLURM_JOB_ID": "1"}, stderr=subprocess.DEVNULL)


def said():
    return pathlib.Path("said").read_text(encoding="utf-8").split()


def ended(process):
    return process.wait(timeout=20), said()


def the_signal_reaches_the_ranks_once_they_run():
    for launches in ("1", "3"):
        job = start(script_of("--launches", launches), READY)
        end = time.monotonic() + 20
        while said() != ["started"] and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.2)  # until it listens
        job.send_signal(signal.SIGUSR1)
        assert ended(job) == (0, ["started", "signalled", "requeue"]), said()


def the_signal_is_never_lost():
    """It comes before the first line of setting up, and then between any two lines until the ranks have ended."""
    code, words = ended(start(script_of("--setup", "kill -USR1 $$"), READY))
    assert (code, words) == (0, ["requeue"]), (code, words)  # nothing is started any more
    for launches in ("1", "2"):
        lines = script_of("--launches", launches).split("\n")
        first = next(i for i, line in enumerate(lines) if line.startswith("trap"))
        last = next(i for i, line in enumerate(lines) if line.startswith("# Above 128"))
        for place in range(first, last):
            if lines[place].endswith("\\"):
                continue
            script = "\n".join([*lines[:place + 1], "kill -USR1 $$", *lines[place + 1:]])
            _, words = ended(start(script, "sleep 0.1"))
            assert words[-1:] == ["requeue"], f"lost behind '{lines[place]}': {words}"


def a_job_that_fails_or_ends_is_not_requeued():
    for code in (0, 5):
        assert ended(start(script_of(), f"exit {code}")) == (code, ["started"]), said()
    assert ended(start(script_of("--launches", "3"), "exit 5")) == (5, ["started"]), said()
    assert ended(start(script_of("--launches", "3"), "exit 0")) == (0, ["started"] * 3), said()
    assert ended(start(script_of(), "trap '' USR1; kill -USR1 $PPID; sleep 0.2; exit 5")) == (5, ["started"]), said()
    assert ended(start(script_of("--early", "0s", "--launches", "2"), "exit 5")) == (5, ["started"]), said()


if __name__ == "__main__":
    for test in (options_of_run_are_handed_on, launches_share_the_time, shards_are_joined_under_the_same_account,
                 shards_go_on_with_their_own_files_and_overwrite_none,
                 the_signal_reaches_the_ranks_once_they_run, the_signal_is_never_lost,
                 a_job_that_fails_or_ends_is_not_requeued):
        test()
        print(f"ok {test.__name__.replace('_', ' ')}", flush=True)
