from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from plans import a_job, a_task

from recipebatch.phases.watch.failed_tasks import (
    ended_with_job,
    failed_preparations,
    failed_start_tasks,
    failed_task,
    failed_tasks,
    failure_text,
)
from recipebatch.report import FailedTask
from recipebatch.service import NodeSnapshot, PreparationSnapshot, TaskSnapshot

if TYPE_CHECKING:
    from recipebatch.service import BatchService

TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Files:
    """Files of tasks and nodes that say which they are."""

    def task_file_tail(self, job_id: str, task_id: str, path: str, *, size: int) -> str:
        assert size > 8 * 1024
        return f"{path} of {task_id} in {job_id}\n"

    def node_file_tail(self, pool_id: str, node_id: str, path: str, *, size: int) -> str:
        assert size > 8 * 1024
        return f"{path} of {node_id} in {pool_id}\n"


FILES = cast("BatchService", Files())


def seen(name: str) -> TaskSnapshot:
    return TaskSnapshot(
        id=name,
        state="completed",
        state_transition_time=TIME,
        exit_code=3,
        result="failure",
        failure=("FailureExitCode", "it failed"),
        failure_details=(),
        node_id="n1",
        retry_count=2,
        began=TIME,
        ended=TIME,
    )


def test_a_failure_says_which_task_its_exit_code_and_the_end_of_its_stderr() -> None:
    failure = FailedTask(
        job_id="j", task_id="t7", exit_code=3, code="FailureExitCode", message="it failed", stderr="one\ntwo"
    )
    assert failure_text(failure) == ("task t7 failed: exit code 3, it failed (FailureExitCode)\n    | one\n    | two")


def test_a_task_that_never_ran_has_no_exit_code_to_show() -> None:
    failure = FailedTask(job_id="j", task_id="t7", exit_code=None, code="BlobNotFound", message="not found")
    assert failure_text(failure) == "task t7 failed: not found (BlobNotFound)"


def test_a_task_that_was_ended_from_outside_is_not_said_to_have_failed() -> None:
    code, said = "TaskEnded", "Task Was Ended by User Request"
    ended = failed_task("j", replace(seen("t"), exit_code=137, failure=(code, said)), None)
    assert failure_text(ended) == f"task t was stopped: exit code 137, {said} (TaskEnded)"
    for reason, why in (
        ("stopped by recipebatch", "recipebatch stop ended its job"),
        ("MaxWallClockTimeExpiry", "its job reached its time limit"),
        ("TaskFailed", "the failure of another task ended its job"),
        ("UserTerminate", said),
        (None, said),
    ):
        assert ended_with_job(ended, reason).message == why
    other = failed_task("j", seen("t"), None)
    assert ended_with_job(other, "stopped by recipebatch") == other
    waits = replace(seen("t"), exit_code=None, failure=(code, said), started=False, node_id=None)
    assert failure_text(failed_task("j", waits, None)) == "task t never started: its job ended before (TaskEnded)"


def test_a_failed_task_has_its_node_times_and_tries() -> None:
    found = failed_task("j", seen("t"), None)
    assert (found.node_id, found.tries, found.cause) == ("n1", 3, "exit_code")
    assert (found.began, found.ended) == ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05+00:00")


def test_only_as_many_outputs_are_read_as_there_is_room_for() -> None:
    found = failed_tasks(a_job(a_task("a"), a_task("b")), [seen("a"), seen("b")], {}, FILES, 1)
    assert [(task.task_id, bool(task.stderr)) for task in found] == [("a", True), ("b", False)]
    assert found[0].stdout == f"stdout.txt of a in {found[0].job_id}"


def test_failed_start_tasks_and_preparations_have_their_output() -> None:
    nodes = [
        NodeSnapshot(id="n1", state="idle"),
        NodeSnapshot(id="n2", state="starttaskfailed", start_task_exit_code=5, start_task_failure=("F", "no disk")),
    ]
    (start,) = failed_start_tasks("p", nodes, FILES)
    assert (start.kind, start.node_id, start.exit_code) == ("start task", "n2", 5)
    assert start.stderr == "startup/stderr.txt of n2 in p"
    assert failure_text(start, output=False) == "start task of node n2 failed: exit code 5, no disk (F)"
    folder = "workitems/j/job-1/jobpreparation"
    done = PreparationSnapshot(pool_id="p", node_id="n1", folder=folder, exit_code=0, failed=False)
    broken = PreparationSnapshot(pool_id="p", node_id="n2", folder=folder, exit_code=4, failed=True)
    (preparation,) = failed_preparations("j", [done, broken], FILES)
    assert preparation.stdout == f"{folder}/stdout.txt of n2 in p"
    assert failure_text(preparation, output=False).startswith("job preparation task of job j on node n2 failed: exit")


def test_where_stderr_is_empty_the_end_of_stdout_is_shown() -> None:
    failure = FailedTask(job_id="j", task_id="t", exit_code=3, code="F", message="m", stdout="one", item="item 7")
    assert failure_text(failure) == (
        "task t (item 7) failed: exit code 3, m (F)\n    its stderr is empty; the end of its stdout:\n    | one"
    )
