from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from in_memory_run import NOW

from recipebatch.api import RunTask
from recipebatch.cli.render.tables import task_json, task_text
from recipebatch.execution import FileOfTask, TaskDetails, TaskRow
from recipebatch.runs import TaskRecord

IMAGE = "the container image python:3"
NODE = "tvmps_12ab_d"
LATER = NOW + timedelta(minutes=10)
FAILED = TaskRecord(
    job="main",
    job_id="j",
    task_id="count-0002",
    template="count",
    item="in/f0002.txt",
    state="completed",
    exit_code=3,
    cause="exit_code",
    code="FailureExitCode",
    tries=1,
    node_id=NODE,
    created=NOW,
    began=NOW + timedelta(seconds=2),
    ended=NOW + timedelta(seconds=202),
)
ROW = TaskRow(record=FAILED, seen=LATER)
DETAILS = TaskDetails(
    row=ROW,
    tries=(ROW,),
    from_record=False,
    commands=("wc -l f0002.txt", "exit 3"),
    environment=(("LEVEL", "high"), ("KEY", "***")),
    limit=timedelta(minutes=30),
    retries=1,
    slots=2,
    depends_on=tuple(f"t{number}" for number in range(12)),
    user="administrator",
    container_image="python:3",
    instances=2,
    inputs=(
        FileOfTask(name="a", place="in/a", blobs={"a": 2048}),
        FileOfTask(name="x", place="in/x*", blobs={f"x{number}": 1024 for number in range(12)}, more=True),
        FileOfTask(name="f", place="https://h.invalid/f", blobs={}, seen=False),
    ),
    outputs=(FileOfTask(name="n.txt", place="out/n.txt", blobs={}, when="if it fails"),),
    message="it failed",
    stderr="first\nbroken",
)


def page(**changed: Any) -> list[str]:
    found = RunTask(
        run_id="r1", recipe="r", status="ended", at=LATER, run_option="--run r1", task=replace(DETAILS, **changed)
    )
    assert task_json(found)["run"] == "r1"
    return task_text(found, most=100).splitlines()


def test_a_task_is_a_page_from_its_command_to_its_failure() -> None:
    assert page() == [
        "task count-0002 (in/f0002.txt): failed, exit code 3",
        "  template count, job j",
        "  run r1 of r (ended); from the service",
        f"  node {NODE}",
        "  added 2026-01-02 03:04:05, began 2026-01-02 03:04:07, ended 2026-01-02 03:07:27 UTC",
        "  waited 2.0s, ran 3m20s, 1 start",
        "command:",
        "    wc -l f0002.txt",
        "    exit 3",
        "environment:",
        "    LEVEL=high",
        "    KEY=***",
        f"limits: 30 minutes a try, 2 tries, 2 slots, on 2 nodes at once, as administrator, in {IMAGE}",
        "depends on: t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 2 more",
        "files that come to the node:",
        "    a from in/a: 2.0 KiB",
        "    x from in/x*: at least 12 files, 12.0 KiB",
        *(f"      x{number}: 1.0 KiB" for number in range(10)),
        "      and 2 more",
        "    f from https://h.invalid/f",
        "outputs:",
        "    n.txt to out/n.txt if it fails: not there",
        "failure: it failed (FailureExitCode)",
        "the end of what it wrote:",
        "    | first",
        "    | broken",
        "why: recipebatch why r1 count-0002",
        "its output: recipebatch logs --run r1 --task count-0002",
    ]


def test_a_task_that_waits_has_no_failure_and_outputs_may_come() -> None:
    waits = replace(FAILED, state="active", cause="", code="", exit_code=None, began=None, ended=None, node_id=None)
    lines = page(row=TaskRow(record=waits, seen=LATER), message="", stderr="", retries=-1, limit=None)
    assert lines[0] == "task count-0002 (in/f0002.txt): active"
    assert any(line.startswith("limits: no time limit, tries without limit") for line in lines)
    assert lines[-1] == "    n.txt to out/n.txt if it fails: not there yet"


def test_several_tries_are_a_table_and_what_the_recipe_does_not_name_is_said() -> None:
    again = TaskRow(record=replace(FAILED, job_id="j-retry1", exit_code=0, cause="", code=""), seen=LATER)
    lines = page(row=again, tries=(ROW, again), commands=(), from_record=True, message="", stderr="")
    assert "  run r1 of r (ended); from the run's record, as it was 0s ago" in lines
    assert "its command and files are not known: the recipe does not name this task" in lines
    table = lines[lines.index("tries:") + 1 :]
    assert table[0].split() == ["JOB", "STATE", "CAUSE", "EXIT", "STARTED", "NODE", "BEGAN", "(UTC)", "RAN"]
    assert [line.split()[:2] for line in table[1:3]] == [["j", "failed"], ["j-retry1", "succeeded"]]
    reactivated = TaskRow(record=replace(FAILED, earlier=2), seen=NOW)
    assert "it was started 2 times before" in page(row=reactivated, tries=(reactivated,))
