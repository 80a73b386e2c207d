#!/usr/bin/python3
# ctest: unit, 120 s
"""From a file to a decision, by the built program, on the example that comes with the product: compare, gate (each exit
code, JUnit, looks, refused kinds), a drafted spec, a verdict in the report, and files joined."""
import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import xml.etree.ElementTree

LONGHAUL = os.environ["LONGHAUL"]
SOURCE = pathlib.Path(os.environ["LONGHAUL_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"])
RULE = "rules:\n  - name: {name}\n    where: {{{where}}}\n    require: {{{require}}}\n"
LARGE = "collective: all_reduce, algorithm: flat, size: 1MiB, wan: native"


def run(*words, code=0, says=""):
    """Runs longhaul; checks its exit code and that stderr holds `says`. Returns stdout."""
    done = subprocess.run([LONGHAUL, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, f"{words}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    assert says in done.stderr, f"{words}: stderr lacks '{says}':\n{done.stderr}"
    return done.stdout


def spec(name, require, where=LARGE, head="accept: [scaled, flagged]\n"):
    pathlib.Path(name).write_text(head + RULE.format(name=f"of {name}", where=where, require=require), encoding="utf-8")
    return name


def points(file):
    return json.loads(run("convert", file, "--to", "json"))["points"]


def a_file_does_not_differ_from_itself():
    told = json.loads(run("compare", "run.h5", "other.h5", "--format", "json"))
    verdicts = [point["verdict"] for point in told["comparisons"][0]["points"]]
    assert len(verdicts) == len(points("run.h5")) and set(verdicts) <= {"same", "ambiguous"}, verdicts
    assert all(point["ratio"] == 1 for point in told["comparisons"][0]["points"])
    rows = list(csv.DictReader(io.StringIO(run("compare", "run.h5", "other.h5", "--format", "csv"))))
    assert [row["verdict"] for row in rows] == verdicts
    assert "| " in run("compare", "run.h5", "other.h5", "--format", "markdown")


def what_cannot_be_compared_says_which_axes_keep_it_apart():
    shutil.copy(SOURCE / "results/examples/power-first-1200km.h5", "far.h5")
    told = json.loads(run("compare", "run.h5", "far.h5", "--format", "json"))["comparisons"][0]
    assert any(difference["what"] == "topology" for difference in told["provenance"]), told["provenance"]
    run("convert", "run.h5", "-o", "theirs.txt", "--to", "nccl-tests")
    text = pathlib.Path("theirs.txt").read_text(encoding="utf-8").replace(", mpi, ", ", nccl, ")
    pathlib.Path("theirs.txt").write_text(text, encoding="utf-8")
    run("convert", "theirs.txt", "-o", "theirs.h5")
    run("compare", "run.h5", "theirs.h5", code=2, says="backend (mpi / nccl)")


def a_drafted_spec_passes_the_run_that_it_was_drafted_from():
    run("gate", "init", "run.h5", "-o", "draft.yaml")
    text = run("gate", "--spec", "draft.yaml", "run.h5", "--junit", "pass.xml")
    assert "pass" in text.splitlines()[0].lower(), text
    suite = xml.etree.ElementTree.parse("pass.xml").getroot()
    cases = list(suite.iter("testcase"))
    assert cases and not list(suite.iter("failure")), "each rule a case, none failed"
    run("gate", "init", "run.h5", "-o", "draft.yaml", code=2, says="exists")


def a_failure_names_the_worst_point_and_by_how_much():
    text = run("gate", "--spec", spec("fail.yaml", "time: {at_most: 1 us}"), "run.h5", "--junit", "fail.xml", code=1)
    assert "fails by" in text and "all_reduce of 1 MiB" in text and "at most 1 us" in text, text
    failure = next(xml.etree.ElementTree.parse("fail.xml").getroot().iter("failure"))
    assert "fails by" in failure.get("message")
    run("gate", "--spec", spec("nothing.yaml", "time: {at_most: 1 s}", "size: 3B"), "run.h5", code=1)


def what_the_samples_do_not_support_is_inconclusive():
    point = next(p for p in points("run.h5") if p["size"] == 1 << 20 and p["wan"] == "native" and p["algorithm"] == "flat")
    bound = spec("close.yaml", f"time: {{at_most: {point['median'] * 1e6:.1f} us}}")
    text = run("gate", "--spec", bound, "run.h5", "--junit", "close.xml", code=3)
    assert "inconclusive" in text and "more" in text, text
    failure = next(xml.etree.ElementTree.parse("close.xml").getroot().iter("failure"))
    assert "inconclusive" in failure.get("type")
    told = json.loads(run("gate", "--spec", bound, "run.h5", "--format", "json", code=3))
    assert told["verdict"] == "inconclusive", told


def fail_goes_before_inconclusive_before_pass():
    rules = pathlib.Path("close.yaml").read_text(encoding="utf-8") + pathlib.Path("fail.yaml").read_text(
        encoding="utf-8").split("rules:\n")[1]
    pathlib.Path("both.yaml").write_text(rules, encoding="utf-8")
    run("gate", "--spec", "both.yaml", "run.h5", code=1)


def looks_are_counted_by_state():
    looks = pathlib.Path("run.h5.looks")
    assert len(looks.read_text(encoding="utf-8").splitlines()) == 1, "one state, judged often, is one look"
    shutil.copy("far.h5", "more.h5")  # as if it had been measured anew into the same file
    shutil.copy("run.h5.looks", "more.h5.looks")
    run("gate", "--spec", spec("any.yaml", "time: {at_most: 1 us}", "size: 16B"), "more.h5", code=1)
    assert len(pathlib.Path("more.h5.looks").read_text(encoding="utf-8").splitlines()) == 2


def kinds_that_prove_nothing_are_refused_by_name():
    bare = spec("bare.yaml", "data: correct", head="")
    run("gate", "--spec", bare, "run.h5", code=2, says="--accept")
    subprocess.run([BUILD / "bin/report_sample", "doubles.h5"], check=True)
    run("gate", "--spec", bare, "doubles.h5", code=2, says="--accept doubles")
    run("gate", "--spec", bare, "doubles.h5", "--accept", "double", code=2, says="unknown --accept")
    run("gate", "--spec", bare, "run.h5", "--accept", "scaled,flagged")


def a_baseline_holds_a_run_to_its_level():
    level = spec("level.yaml", "slowdown: {at_most: 95 %}")
    run("gate", "--spec", level, "run.h5", "--baseline", "other.h5")
    text = run("gate", "--spec", level, "run.h5", code=3)
    assert "no --baseline" in text, text


def a_spec_with_a_mistake_names_its_place():
    for text, says in (("rulez: []\n", "rulez"), ("rules:\n  - name: a\n    require: {time: {at_most: 5 lightyears}}\n", "broken.yaml:3:"),
                       ("rules:\n  - name: a\n    where: {collective: all_redu}\n    require: {data: correct}\n", "all_redu")):
        pathlib.Path("broken.yaml").write_text(text, encoding="utf-8")
        run("gate", "--spec", "broken.yaml", "run.h5", code=2, says=says)


def the_report_begins_with_the_verdicts():
    run("report", "run.h5", "--spec", "fail.yaml", "-o", "judged.html")
    page = pathlib.Path("judged.html").read_text(encoding="utf-8")
    assert "fails by" in page and page.index("fails by") < page.index('id="curves"')
    gated = run("gate", "--spec", "fail.yaml", "run.h5", code=1)
    assert gated.splitlines()[1] in page, "the same look, judged at the same level"
    run("report", "run.h5", "--spec", spec("level.yaml", "slowdown: {at_most: 95 %}"), "--baseline", "other.h5", "-o", "judged.html")
    assert "run.h5: pass" in pathlib.Path("judged.html").read_text(encoding="utf-8")
    bare = spec("bare.yaml", "data: correct", head="")
    run("report", "run.h5", "--spec", bare, "-o", "judged.html", code=2, says="--accept")
    run("report", "run.h5", "--spec", bare, "--accept", "scaled,flagged", "-o", "judged.html")
    run("report", "run.h5", "--spec", bare, "--accept", "scalded", "-o", "judged.html", code=2, says="unknown --accept")
    run("report", "run.h5", "--baseline", "other.h5", "-o", "judged.html", code=2, says="add --spec")
    run("report", "run.h5", "--margin", "5%", "-o", "judged.html", code=2, says="second FILE")


def joined_files_are_launches_and_none_counts_twice():
    run("convert", "--merge", "run.h5", "other.h5", "-o", "twice.h5")
    said = [[(point["key"], point["launches"], point["visits"], point["samples"], point["median"]) for point in points(file)]
            for file in ("run.h5", "twice.h5")]
    assert said[0] == said[1], "the same launch in two files is one"
    run("convert", "theirs.txt", "-o", "again.h5", "--to", "csv")
    pathlib.Path("again.h5").unlink()
    text = pathlib.Path("theirs.txt").read_text(encoding="utf-8")
    pathlib.Path("monday.txt").write_text(text, encoding="utf-8")
    pathlib.Path("tuesday.txt").write_text(text, encoding="utf-8")
    run("convert", "--merge", "monday.txt", "tuesday.txt", "-o", "copied.h5",
        says="tuesday.txt holds the same launch as monday.txt: it counts once")
    assert {point["launches"] for point in points("copied.h5")} == {1}, "a copy under another name is no other run"
    pathlib.Path("tuesday.txt").write_text(text + "# of tuesday\n", encoding="utf-8")
    run("convert", "--merge", "monday.txt", "tuesday.txt", "-o", "days.h5")
    assert {point["launches"] for point in points("days.h5")} == {2}


def a_collective_that_broke_off_fails_every_rule_of_it():
    table = pathlib.Path("monday.txt").read_text(encoding="utf-8")
    died = ("# Collective test starting: all_gather_perf\n# nThread 1 nGpus 1 minBytes 8 maxBytes 1024 step: 2(factor)\n"
            "node1: Test NCCL failure common.cu:1000 'unhandled system error'\n")
    pathlib.Path("died.txt").write_text(died + table, encoding="utf-8")
    run("convert", "died.txt", "-o", "died.h5")
    for where in ("collective: all_gather", "collective: all_gather, type: float64, size: 4GiB, ranks: 96, reduce_op: none",
                  "size: 3B"):
        text = run("gate", "--spec", spec("died.yaml", "busbw: {at_least: 1 B/s}", where), "died.h5", code=1)
        assert "unhandled system error" in text, text
    text = run("gate", "--spec", spec("other.yaml", "time: {at_most: 1 us}", "collective: all_reduce"), "died.h5", code=3)
    assert "unhandled" not in text, text


for leftover in pathlib.Path().iterdir():
    leftover.unlink()
for name in ("run.h5", "other.h5"):
    shutil.copy(SOURCE / "results/examples/two-campus-metro.h5", name)
a_file_does_not_differ_from_itself()
what_cannot_be_compared_says_which_axes_keep_it_apart()
a_drafted_spec_passes_the_run_that_it_was_drafted_from()
a_failure_names_the_worst_point_and_by_how_much()
what_the_samples_do_not_support_is_inconclusive()
fail_goes_before_inconclusive_before_pass()
looks_are_counted_by_state()
kinds_that_prove_nothing_are_refused_by_name()
a_baseline_holds_a_run_to_its_level()
a_spec_with_a_mistake_names_its_place()
the_report_begins_with_the_verdicts()
joined_files_are_launches_and_none_counts_twice()
a_collective_that_broke_off_fails_every_rule_of_it()
print("passed")
