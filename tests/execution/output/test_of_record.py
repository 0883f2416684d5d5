"""What the record keeps of the output of failed tasks."""

from __future__ import annotations

from typing import Any

import pytest
from in_memory_run import RECORD

from recipebatch.execution.output.of_record import recorded_output
from recipebatch.execution.output.written import NoOutputError
from recipebatch.report import START_TASK
from recipebatch.runs import KeptFailure, RunFailures


def a_failure(task: str, **values: Any) -> KeptFailure:
    return KeptFailure(job_id="j1", task_id=task, exit_code=3, code="F", message="m", node_id="n1", **values)


ONE = a_failure("one", stdout="out", stderr="err 1\nerr 2")
TWO = a_failure("two", stdout="out of two")
START = KeptFailure(
    job_id="", task_id="", exit_code=1, code="F", message="m", node_id="n2", kind=START_TASK, stdout="booted"
)
KEPT = RunFailures(kept=(ONE, TWO, START), total=3)


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
        ({"nodes": ("n9",)}, "run r1 was purged: what its tasks wrote is gone"),
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
