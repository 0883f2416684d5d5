from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

from in_memory_run import NOW

from recipebatch.api import RunTaskList
from recipebatch.cli.render.tables import task_rows_csv, tasks_json, tasks_text
from recipebatch.execution import TaskList, TaskRow
from recipebatch.runs import TaskRecord

NODE = "tvmps_" + "0123456789abcdef" * 4 + "_d"
RAN = TaskRecord(
    job="main",
    job_id="j",
    task_id="count-0001",
    template="count",
    item="in/f0001.txt",
    state="completed",
    exit_code=0,
    tries=1,
    node_id=NODE,
    created=NOW,
    began=NOW + timedelta(seconds=2),
    ended=NOW + timedelta(seconds=202),
)
FAILED = replace(RAN, task_id="count-0002", item="in/f0002.txt", exit_code=3, cause="exit_code", code="FailureExitCode")
WAITS = replace(RAN, task_id="merge", template="merge", item="", state="active", exit_code=None, tries=0, began=None)
LATER = NOW + timedelta(minutes=10)
ROWS = tuple(
    TaskRow(record=record, seen=LATER)
    for record in (RAN, FAILED, replace(WAITS, ended=None, node_id=None, cause="blocked"))
)


def found(**changed: Any) -> RunTaskList:
    listed = TaskList(
        rows=ROWS, matching=3, counts={"succeeded": 1, "failed": 1, "blocked": 1}, longest=ROWS[0], from_service=True
    )
    return RunTaskList(run_id="r1", recipe="r", status="watch done", at=LATER, tasks=replace(listed, **changed))


def test_a_table_has_a_line_a_task_and_ends_with_counts() -> None:
    lines = tasks_text(found(), most=None, now=LATER).splitlines()
    assert lines[0].split() == [
        "TASK",
        "TEMPLATE",
        "ITEM",
        "STATE",
        "CAUSE",
        "EXIT",
        "TRIES",
        "NODE",
        "WAITED",
        "RAN",
        "ENDED",
    ]
    assert lines[2].split() == [
        "count-0002",
        "count",
        "in/f0002.txt",
        "failed",
        "exit_code",
        "3",
        "1",
        NODE,
        "2.0s",
        "3m20s",
        "6m",
        "ago",
    ]
    assert lines[3].split() == ["merge", "merge", "blocked", "10m00s"]
    assert lines[4:] == [f"3 tasks: 1 succeeded, 1 failed, 1 blocked; longest 3m20s (count-0001 on {NODE})"]


def test_on_a_narrow_terminal_what_matters_most_stays_and_nothing_is_wrapped() -> None:
    for most in (40, 60, 80, 120):
        lines = tasks_text(found(), most=most, now=LATER).splitlines()
        assert all(len(line) <= most for line in lines)
        assert lines[0].split()[:1] == ["TASK"]
        assert "failed" in lines[2]
    assert (
        tasks_text(found(), most=60, now=LATER).splitlines()[2]
        == "count-0002  in/f0002.txt  failed     exit_code     3  3m20s"
    )


def test_what_is_not_shown_and_where_it_comes_from_is_said() -> None:
    cut = tasks_text(found(matching=None, longest=None, counts={"succeeded": 100_000}), most=None, now=LATER)
    assert cut.splitlines()[-2:] == ["100,000 tasks: 100,000 succeeded", "the first 3 are shown; all: --limit 0"]
    recorded = found(matching=2, rows=ROWS[:2], from_service=False, from_record=True, recorded_at=NOW)
    assert tasks_text(recorded, most=None, now=LATER).splitlines()[-2:] == [
        f"3 tasks: 1 succeeded, 1 failed, 1 blocked; 2 fit; longest 3m20s (count-0001 on {NODE})",
        "all tasks come from the record of the run, as they were 10m ago",
    ]
    both = found(from_record=True, unknown=("j2",))
    assert tasks_text(both, most=None, now=LATER).splitlines()[-2:] == [
        "tasks of jobs that have ended or are gone come from the record of the run",
        "not submitted, or gone before they were recorded: tasks of job j2",
    ]


def test_no_task_is_said_to_be_none() -> None:
    assert tasks_text(found(rows=(), matching=0, longest=None), most=80, now=LATER).splitlines() == [
        "no task of the run fits",
        "3 tasks: 1 succeeded, 1 failed, 1 blocked; 0 fit",
    ]
    empty = found(rows=(), matching=0, longest=None, counts={}, from_service=False)
    assert tasks_text(empty, most=80, now=LATER) == "run r1 of r (watch done): no tasks are known"


def test_tasks_of_equal_ids_are_named_with_their_jobs() -> None:
    other = TaskRow(record=replace(RAN, job_id="k"), seen=LATER)
    lines = tasks_text(found(rows=(ROWS[0], other)), most=None, now=LATER).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["j/count-0001", "k/count-0001"]


def test_for_programs_times_are_iso_and_durations_seconds() -> None:
    body = tasks_json(found(recorded_at=NOW, from_record=True))
    assert (body["run"], body["from"], body["counts"]["failed"]) == ("r1", ["service", "record"], 1)
    task = body["tasks"][1]
    assert (task["id"], task["item"], task["state"], task["exit_code"]) == (
        "count-0002",
        "in/f0002.txt",
        "failed",
        3,
    )
    assert (task["began"], task["waited_seconds"], task["ran_seconds"]) == ("2026-01-02T03:04:07.000+00:00", 2.0, 200.0)
    rows = list(csv.DictReader(io.StringIO(task_rows_csv(ROWS, separator="\t")), delimiter="\t"))
    assert [row["id"] for row in rows] == ["count-0001", "count-0002", "merge"]
    assert (rows[1]["node"], rows[1]["ran_seconds"], rows[2]["ended"]) == (NODE, "200.0", "")
