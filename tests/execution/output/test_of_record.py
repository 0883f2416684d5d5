"""What the record keeps of the output of tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from in_memory_run import RECORD

from recipebatch.execution.output.of_record import KeptOutput, kept_ends, recorded_on_nodes, recorded_output
from recipebatch.execution.output.written import NoOutputError
from recipebatch.report import START_TASK
from recipebatch.runs import KeptFailure, KeptTask, RunFailures, RunTasks


def a_failure(task: str, **values: Any) -> KeptFailure:
    return KeptFailure(job_id="j1", task_id=task, exit_code=3, code="F", message="m", node_id="n1", **values)


ONE = a_failure("one", stdout="out", stderr="err 1\nerr 2")
TWO = a_failure("two", stdout="out of two")
START = KeptFailure(
    job_id="", task_id="", exit_code=1, code="F", message="m", node_id="n2", kind=START_TASK, stdout="booted"
)
KEPT = KeptOutput(failures=RunFailures(kept=(ONE, TWO, START), total=3))


def texts(**options: Any) -> list[tuple[str, str, bytes]]:
    return [(part.task or part.node, part.file, part.text) for part in recorded_output(RECORD, KEPT, **options)]


def test_the_end_of_stderr_is_given_and_of_stdout_where_it_is_empty() -> None:
    assert texts() == [
        ("one", "stderr.txt", b"err 1\nerr 2"),
        ("two", "stdout.txt", b"out of two"),
        ("n2", "stdout.txt", b"booted"),
    ]
    assert [part.failure for part in recorded_output(RECORD, KEPT)] == [ONE, TWO, START]


def test_a_file_a_task_a_node_and_the_start_tasks_are_chosen() -> None:
    assert texts(tasks=("one",), file="stdout.txt") == [("one", "stdout.txt", b"out")]
    assert texts(tasks=("one",), lines=1) == [("one", "stderr.txt", b"err 2")]
    assert texts(nodes=("n2",)) == [("n2", "stdout.txt", b"booted")]
    assert texts(start_tasks=True) == [("n2", "stdout.txt", b"booted")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"file": "wd/a.txt"}, "run r1 was purged: wd/a.txt is gone"),
        ({"tasks": ("three",)}, "run r1 was purged: what three wrote is gone"),
        ({"nodes": ("n9",)}, "run r1 was purged: what ran on its nodes wrote is gone"),
    ],
)
def test_what_is_not_kept_is_an_error(options: dict[str, Any], said: str) -> None:
    with pytest.raises(NoOutputError) as raised:
        texts(**options)
    assert raised.value.message == said
    assert raised.value.hint is not None
    assert "runs show r1" in raised.value.hint


def test_the_task_that_succeeded_is_named_after_the_one_that_failed() -> None:
    found = recorded_output(RECORD, KEPT, tasks=("one", "three"))
    assert next(found).task == "one"
    with pytest.raises(NoOutputError, match="run r1 was purged: what three wrote is gone"):
        next(found)


OK = KeptTask(
    job_id="j1",
    task_id="ok",
    files={"stdout.txt": 3, "stderr.txt": 0, "wd/z.txt": 2048},
    stdout="yes",
)
LONG = KeptTask(job_id="j1", task_id="long", files={"stdout.txt": 10**6}, more=7, stdout="the end")
BLIND = KeptTask(job_id="j1", task_id="blind", files={}, left_out="the secret pw cannot be read")
OTHERS = KeptOutput(tasks=RunTasks(kept=(OK, LONG, BLIND)))
WITH_FAILED = replace(OTHERS, failures=KEPT.failures)


def of(kept: KeptOutput, **options: Any) -> list[tuple[str, str, bytes]]:
    return [(part.task, part.file, part.text) for part in recorded_output(RECORD, kept, **options)]


def test_without_failures_the_outputs_of_all_recorded_tasks_are_given() -> None:
    kept = KeptOutput(tasks=RunTasks(kept=(OK, LONG)))
    assert of(kept) == [("ok", "stdout.txt", b"yes"), ("long", "stdout.txt", b"the end")]
    assert of(kept, tasks=("long",), lines=1) == [("long", "stdout.txt", b"the end")]
    again = RunFailures(kept=(replace(ONE, tried_again=True),), total=1)
    assert [name for name, *_ in of(replace(kept, failures=again))] == ["one", "ok", "long"]


def test_with_failures_the_others_are_given_if_they_or_a_file_are_named() -> None:
    assert [name for name, *_ in of(WITH_FAILED)] == ["one", "two", ""]
    assert of(WITH_FAILED, tasks=("ok",)) == [("ok", "stdout.txt", b"yes")]
    assert of(WITH_FAILED, tasks=("one", "ok"), file="stdout.txt") == [
        ("one", "stdout.txt", b"out"),
        ("ok", "stdout.txt", b"yes"),
    ]


@pytest.mark.parametrize(
    ("task", "file", "said"),
    [
        ("ok", "z.txt", "task ok has no file z.txt; it had wd/z.txt (2.0 KiB), stderr.txt (0 B), stdout.txt (3 B);"),
        ("ok", "wd/z.txt", "task ok: the run was purged, and its wd/z.txt (2.0 KiB) with it"),
        ("long", "wd/z.txt", "task long: the run was purged; the record names 1 of its 8 files, not wd/z.txt"),
        ("blind", "stdout.txt", "task blind: the run was purged; what it wrote is not kept: the secret pw cannot"),
    ],
)
def test_a_file_that_is_not_recorded_is_an_error_with_what_the_task_had(task: str, file: str, said: str) -> None:
    with pytest.raises(NoOutputError) as raised:
        of(OTHERS, tasks=(task,), file=file)
    assert raised.value.message.startswith(said)


def test_several_tasks_without_the_file_are_named_with_their_reasons() -> None:
    with pytest.raises(NoOutputError) as raised:
        of(OTHERS, tasks=("ok", "long", "who"), file="z.txt")
    assert raised.value.message.startswith("3 of 3 tasks have no z.txt (ok: it had wd/z.txt, stderr")
    assert raised.value.message.endswith("; who: the run was purged)")


def test_tasks_whose_files_are_gone_are_told_in_a_line_for_each_reason() -> None:
    gone = {
        "ok": ("j1", "its node is gone"),
        "ok2": ("j1", "its node is gone"),
        "long": ("j1", "its node is gone"),
        "blind": ("j1", "its node is gone"),
    }
    second = replace(OK, task_id="ok2", stdout="a\nb")
    kept = KeptOutput(tasks=RunTasks(kept=(OK, second, LONG, BLIND)))
    parts, said = kept_ends(kept, gone, file="stdout.txt", lines=1)
    assert [(part.task, part.text) for part in parts] == [("ok", b"yes"), ("ok2", b"b"), ("long", b"the end")]
    assert said == [
        "2 tasks (ok, ok2): their node is gone; the record keeps stdout.txt",
        "task long: its node is gone; the record keeps the end of stdout.txt",
    ]


def test_what_failed_on_a_node_that_is_gone_is_given_and_what_is_there_is_asked() -> None:
    found = recorded_on_nodes(KEPT, {"n1"}, nodes=(), start_tasks=True, file=None, lines=None)
    assert [(part.node, part.kind, part.failure) for part in found] == [("n2", START_TASK, START)]
    found = recorded_on_nodes(KEPT, (), nodes=("n1",), start_tasks=False, file="stdout.txt", lines=None)
    assert [(part.node, part.task, part.text) for part in found] == [
        ("n1", "one", b"out"),
        ("n1", "two", b"out of two"),
    ]
    assert not recorded_on_nodes(KEPT, (), nodes=("n1",), start_tasks=False, file="wd/a", lines=None)
