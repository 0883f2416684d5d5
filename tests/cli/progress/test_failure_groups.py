"""Many failures in few lines."""

from __future__ import annotations

from typing import Any

from recipebatch.cli.progress.failure_groups import MAX_GROUPS, FailureGroups
from recipebatch.report import START_TASK, FailedTask, TaskFailed


def failed(task: str, exit_code: int = 3, template: str = "count", **more: Any) -> TaskFailed:
    given: dict[str, Any] = {"code": "FailureExitCode", "message": "it failed", "stderr": f"bad input {task}", **more}
    return TaskFailed(failure=FailedTask(job_id="j", task_id=task, exit_code=exit_code, **given), template=template)


def test_a_hundred_failures_of_one_kind_are_one_message_and_one_line() -> None:
    groups = FailureGroups()
    said = [groups.add(failed(f"f{number:04}")) for number in range(3, 90)]
    assert said[0] == "task f0003 failed: exit code 3, it failed (FailureExitCode)\n    | bad input f0003"
    assert set(said[1:]) == {""}
    assert groups.lines == [
        "87 × count: exit code 3: bad input f0003; first f0003, f0004, f0005, f0006, f0007, …",
    ]


def test_other_templates_exit_codes_and_messages_are_other_groups() -> None:
    groups = FailureGroups()
    for event in (
        failed("a"),
        failed("b", exit_code=4),
        failed("c", template="merge"),
        failed("d", code="BlobNotFound", cause="infrastructure", message="d.txt is missing"),
    ):
        assert groups.add(event)
    # One of each has been said: there is nothing to add.
    assert groups.lines == []


def test_a_message_that_names_its_task_item_or_numbers_is_the_same_message() -> None:
    groups = FailureGroups()
    kind: dict[str, Any] = {"code": "BlobNotFound", "cause": "infrastructure"}
    assert groups.add(failed("t1", message="file 'a.txt' of t1: 12 bytes", item="a.txt", **kind))
    assert not groups.add(failed("t2", message="file 'b.txt' of t2: 7 bytes", item="b.txt", **kind))
    assert groups.lines == ["2 × count: exit code 3: file 'a.txt' of t1: 12 bytes; first t1, t2"]


def test_more_kinds_than_fit_are_counted() -> None:
    groups = FailureGroups()
    said = [groups.add(failed(f"t{code}", exit_code=code)) for code in range(1, MAX_GROUPS + 4)]
    assert sum(map(bool, said)) == MAX_GROUPS
    assert "| bad input" in said[4]
    assert "| bad input" not in said[5]
    assert groups.lines == ["3 × failures of 3 other kinds"]


def test_start_tasks_are_named_by_their_nodes() -> None:
    groups = FailureGroups()
    for node in ("n1", "n2"):
        failure = FailedTask(
            job_id="", task_id="", kind=START_TASK, pool_id="p", node_id=node, exit_code=1, code="x", message="no"
        )
        groups.add(TaskFailed(failure=failure))
    assert groups.lines == ["2 × start task: exit code 1; first n1, n2"]
