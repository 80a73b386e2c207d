#!/usr/bin/python3
# ctest: long, 400 s
"""Every fault of a GPU, of NCCL or of a rank on the doubles, planted by them: what the built program says of it, and that it ends."""
import json
import pathlib
import subprocess
import sys

import h5py

from gpu import DEADLINE, LONGHAUL, PATTERN, SMALL, TINY, kept_visits, run, try_each

STRUCK = 40  # the call at which a rank is struck: one of a later visit, also where the first repeated samples entered late
LIMIT = 10  # s: from a deadline until the run has ended, on a machine that does other things too


def tells_of_a_load_that_the_gpu_refused():
    """A visit without its load must not look like one with it."""
    run(["--backend", "nccl", "--load", "8", *TINY, "-o", "faults.h5"], 4, ["the load beside the collectives failed"], ranks=1,
        env={"LONGHAUL_DOUBLE_CUDA_FAIL": "longhaul_load:3"})


def tells_of_a_division_that_the_gpu_refused():
    """That of avg in one site, after the sum; without it the sum would pass for wrong data of NCCL's."""
    run(["--backend", "nccl", "--algorithm", "hierarchical", "--reduce-op", "avg", "--type", "float32", *TINY, "-o", "faults.h5"], 4,
        ["dividing for avg failed"], ranks=1, env={"LONGHAUL_DOUBLE_CUDA_FAIL": "longhaul_divide_float32:2"})


def diagnoses_faults_within_a_pattern():
    """Call 40 of rank 1 is within its first pairs; a rank that has no part in the pair is accused of nothing."""
    late = run(["--pattern", "pairwise-alone", *PATTERN], ranks=4)[0] + DEADLINE + LIMIT
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
            _, told = run(["--backend", "nccl", *SMALL, *words, "-o", "faults.h5"], 4, ["rank 1 (" if only else "rank", call],
                          env={"LONGHAUL_DOUBLE_NCCL_FAIL": f"{call}:{number}{only}"})
            lines = [line for line in told.splitlines() if line.startswith("longhaul:")]
            assert len(lines) == 1 and "; ." not in told and "did not enter" not in told, told


def diagnoses_each_fault():
    nccl = ["--backend", "nccl", *SMALL, "-o", "faults.h5"]
    late = run(nccl)[0] + DEADLINE + LIMIT  # beyond what starting, measuring all and ending takes where nothing is wrong
    for fault, code, says in [
            (f"fail:1:{STRUCK}", 4, [f"all_reduce #{STRUCK} (", "rank 1 (", "unhandled system error", "the double's planned failure",
                             "Finished visits are in faults.h5"]),
            (f"async:1:{STRUCK}", 4, ["rank 1 (", "0000:02:00.0", "remote process exited", "the double's async fault"]),
            (f"stall:1:{STRUCK}", 5, [f"all_reduce #{STRUCK} (", "has not ended within 2 s; the double's stalled call",
                              "Finished visits are in faults.h5"]),
            # Blocking calls come back when a thread of their rank's own aborts their communicator.
            (f"block:1:{STRUCK}", 5, ["rank 1 (", "all_reduce has not come back within 2 s; the double's blocked call",
                              "Finished visits are in faults.h5"]),
            (f"hang:1:{STRUCK}", 5, ["rank 1 (", f"0000:02:00.0) did not enter all_reduce #{STRUCK} (",
                               f"does not answer; ranks 0,2 are in all_reduce #{STRUCK}"]),
            (f"kill:1:{STRUCK}", 137, []),  # mpirun's own word for a rank that was killed; who starts mpirun himself turns it into 4
            ("flip:1:0", 6, ["wrong data in all_reduce", "rank 1 (", "first at offset 0"]),
            ("slow:1:20", 0, []),
            ("absent:1:0", 5, ["rank 1 (", "0000:02:00.0) did not enter the set-up", "does not answer", "not all 3 ranks came to NCCL's init within 2 s"])]:
        spent, _ = run(nccl, code, says, env={"LONGHAUL_DOUBLE_FAULT": fault})
        assert spent < late, f"{fault}: {spent} s"
        if code in (4, 5, 137) and not fault.startswith("absent"):
            assert kept_visits("faults.h5") >= 1, fault
        if fault.startswith("hang"):
            account = json.loads(pathlib.Path("faults.h5.hang.json").read_text(encoding="utf-8"))
            ranks = {rank["rank"]: rank for host in account["hosts"] for rank in host["ranks"]}
            assert "has not ended within 2 s" in ranks[0]["fault"] and not ranks[1]["fault"] and ranks[1]["stack"], account
        left = subprocess.run(["pgrep", "-f", f"{LONGHAUL} run .*faults.h5"], capture_output=True, text=True, check=False).stdout
        assert left == "", f"{fault}: still running: {left}"
        print(f"   {fault}: exit {code} after {spent:.1f} s", file=sys.stderr)
    run(nccl, 0, env={"LONGHAUL_DOUBLE_FAULT": "slow:1:20"})
    with h5py.File("faults.h5") as results:
        assert min(results["visits/median"][:]) > 0.02  # everyone waits for the slow rank


def diagnoses_faults_of_graphs_and_of_the_hierarchy():
    """A graph has to go before the communicators that it uses, and communicators that wait for each other have to go at once."""
    lab = ["--lab", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--slots", "2"]
    small = [*SMALL[:-1], "1s", "-o", "faults.h5"]
    faults = {"async": (4, ["rank 1 (", "remote process exited", "the double's async fault"]),
              "block": (5, ["rank 1 (", "has not come back within 1 s; the double's blocked call"]),
              "hang": (5, ["rank 1 (", "does not answer"]),
              "stall": (5, ["rank 1 (", "has not ended within 1 s; the double's stalled call"])}
    # A graph calls NCCL twice a visit; a hierarchical call is three of NCCL's, and the one that is struck is within the site.
    for words, number, kinds in [(["--nccl", "graph"], 13, faults), ([*lab, "--algorithm", "hierarchical"], 3 * STRUCK + 1, ["async", "hang", "stall"])]:
        for kind in kinds:
            spent, _ = run([*words, "--backend", "nccl", *small], *faults[kind], env={"LONGHAUL_DOUBLE_FAULT": f"{kind}:1:{number}"},
                           lab=words[0] == "--lab")
            assert kept_visits("faults.h5") >= 1, (words, kind)
            print(f"   {words[-1]} {kind}: exit {faults[kind][0]} after {spent:.1f} s", file=sys.stderr)


def ends_a_communicator_that_does_not_come_to_its_end():
    """Where it is made way for another, and at the end of the run, when all results are there."""
    lingers = {"LONGHAUL_DOUBLE_FAULT": "linger:1:1"}
    says = ["ncclCommFinalize has not come back within 2 s; the double's lingering communicator"]
    run(["--backend", "nccl", "--nccl", ",".join(f"max_ctas={ctas}" for ctas in range(1, 7)), *SMALL, "-o", "faults.h5"], 5, says, env=lingers)
    run(["--backend", "nccl", *SMALL, "-o", "faults.h5"], 0, says, env=lingers)


def ends_kernels_that_do_not():
    """Outside collectives too: of several ranks by their watchers, of one alone by itself. Who is stuck is named with its GPU."""
    stall = {"LONGHAUL_DOUBLE_CUDA_STALL": "longhaul_verify_reduced_4:3"}
    for ranks, says in [(3, ["has not moved for", "0000:0", "verification for"]), (1, ["0000:01:00.0) is stuck: verification for", "the deadline is 3 s"])]:
        run(["--backend", "nccl", *SMALL, "-o", "faults.h5"], 5, says, env=stall, ranks=ranks)
        assert kept_visits("faults.h5") >= 1, ranks


def finds_a_flipped_bit_and_an_average_out_of_bound():
    """By the verification on the device, in the middle of a block that another rank sent."""
    wrong = ["--rounds", "1", "--min-samples", "2", "--max-samples", "3", "--format", "none", "--quiet", "-o", "faults.h5"]
    run(["--backend", "nccl", "--collective", "all_gather", "--size", "12KiB", *wrong], 6, ["has 1 wrong elements, first at offset 1524"],
        env={"LONGHAUL_DOUBLE_FAULT": "flip:1:0", "LONGHAUL_DOUBLE_FLIP_AT": "1524"})
    run(["--backend", "nccl", "--reduce-op", "avg", "--type", "float32", "--collective", "all_reduce", "--size", "12KiB", *wrong], 6,
        ["first at offset 500"], env={"LONGHAUL_DOUBLE_FAULT": "flip:1:0", "LONGHAUL_DOUBLE_FLIP_AT": "500"})


def lets_the_survivors_of_a_killed_rank_speak():
    run(["--backend", "nccl", *SMALL, "-o", "faults.h5"], 0, ["rank 1 (", "0000:02:00.0) is gone", "waiting in it ranks 0,2"],
        env={"LONGHAUL_DOUBLE_FAULT": f"kill:1:{STRUCK}"}, launcher=["--mca", "orte_enable_recovery", "1"])
    assert kept_visits("faults.h5") >= 1


def gives_a_killed_rank_the_code_of_a_lost_peer_where_it_starts_mpirun():
    run(["--lab", "--topology", "two-campus-metro", "--hosts-per-site", "1", "--backend", "nccl", *SMALL, "-o", "faults.h5"], 4,
        ["a rank or mpirun itself was lost (mpirun ended with 137)"], env={"LONGHAUL_DOUBLE_FAULT": f"kill:1:{STRUCK}"}, lab=True)
    assert kept_visits("faults.h5") >= 1


try_each([tells_of_a_load_that_the_gpu_refused, tells_of_a_division_that_the_gpu_refused, diagnoses_faults_within_a_pattern,
          tells_which_call_of_nccl_failed, diagnoses_each_fault, diagnoses_faults_of_graphs_and_of_the_hierarchy,
          ends_a_communicator_that_does_not_come_to_its_end, ends_kernels_that_do_not,
          finds_a_flipped_bit_and_an_average_out_of_bound, lets_the_survivors_of_a_killed_rank_speak,
          gives_a_killed_rank_the_code_of_a_lost_peer_where_it_starts_mpirun])
