from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import job as jobs
from recipebatch.emulator.state.transitions import task as tasks
from recipebatch.vocabulary.states import JobState, TaskResult, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

FAILURE = {"category": "UserError", "code": "FailureExitCode", "message": "m"}


def start(state: Any, job: Any, task: Any, *, preparing: bool = False) -> None:
    pool = state.account.pools.get("p") or state.pool()
    tasks.start_task(state.account, job, task, pool, state.node(pool), preparing=preparing)


def complete(state: Any, job: Any, task: Any, failure: Any = None) -> None:
    ended = state.account.clock.now()
    tasks.complete_task(state.account, job, task, ended=ended, exit_code=1 if failure else 0, failure=failure)


def test_a_new_task_waits_for_a_node(state: Any) -> None:
    job = state.job()
    task = state.task(job, "T", requiredSlots=2)
    assert (task.state, task.slots, task.seq, job.next_task_seq) == (TaskState.ACTIVE, 2, 0, 1)
    assert job.tasks.ready(10) == [task]
    assert json.loads(task.spec)["requiredSlots"] == 2
    with pytest.raises(BatchError, match="TaskExists"):
        state.task(job, "t")


def test_a_job_that_ends_takes_no_tasks(state: Any) -> None:
    job = state.job()
    jobs.set_job_state(state.account, job, JobState.TERMINATING)
    with pytest.raises(BatchError, match="JobBeingTerminated"):
        state.task(job)


def test_a_task_is_prepared_runs_and_ends_without_being_modified(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    start(state, job, task, preparing=True)
    assert (task.state, task.start_time) == (TaskState.PREPARING, None)
    tasks.run_prepared_task(state.account, job, task)
    assert (task.state, task.start_time) == (TaskState.RUNNING, task.state_time)
    complete(state, job, task)
    assert (task.state, task.previous_state, task.result) == (
        TaskState.COMPLETED,
        TaskState.RUNNING,
        TaskResult.SUCCESS,
    )
    assert task.modified == task.created
    assert (job.tasks.count(TaskState.COMPLETED), job.tasks.all_completed) == (1, True)
    assert state.calls["task_completed"] == 1


def test_a_retry_passes_through_no_state(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    start(state, job, task)
    since = task.state_time
    tasks.retry_task(state.account, job, task)
    assert (task.retry_count, task.state_time, task.start_time) == (1, since, task.last_retry_time)


@pytest.mark.parametrize(("counts", "count"), [(True, 1), (False, 0)])
def test_a_requeued_task_waits_before_the_others(state: Any, *, counts: bool, count: int) -> None:
    job = state.job()
    first, second = state.task(job, "1"), state.task(job, "2")
    start(state, job, first)
    tasks.requeue_task(state.account, job, first, counts=counts)
    assert job.tasks.ready(10) == [first, second]
    assert (first.requeue_count, first.node, first.start_time, first.retry_count) == (count, None, None, 0)


def test_a_terminated_task_fails_at_once_and_only_once(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    tasks.terminate_task(state.account, job, task)
    assert task.result is TaskResult.FAILURE
    assert json.loads(str(task.failure))["code"] == "TaskEnded"
    assert (task.exit_code, task.end_time, task.modified) == (None, task.state_time, task.state_time)
    assert state.calls["task_stopped"] == 1
    changes: list[Callable[[], None]] = [
        lambda: tasks.terminate_task(state.account, job, task),
        lambda: tasks.update_task(state.account, job, task, {}),
    ]
    for change in changes:
        with pytest.raises(BatchError, match="TaskCompleted"):
            change()


def test_a_failed_task_is_reactivated_without_its_past(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    with pytest.raises(BatchError, match="TaskNotCompleted"):
        tasks.reactivate_task(state.account, job, task)
    start(state, job, task)
    tasks.retry_task(state.account, job, task)
    complete(state, job, task, FAILURE)
    tasks.reactivate_task(state.account, job, task)
    assert (task.state, task.previous_state) == (TaskState.ACTIVE, TaskState.COMPLETED)
    assert (task.result, task.failure, task.exit_code, task.node, task.retry_count) == (None, None, None, None, 0)
    assert job.tasks.ready(10) == [task]
    start(state, job, task)
    complete(state, job, task)
    with pytest.raises(BatchError, match="TaskSucceeded"):
        tasks.reactivate_task(state.account, job, task)


def test_a_dependent_is_ready_once_all_it_waits_for_is_satisfied(state: Any) -> None:
    job = state.job(usesTaskDependencies=True)
    first, second = state.task(job, "1"), state.task(job, "2")
    last = state.task(job, "last", dependsOn={"taskIdRanges": [{"start": 1, "end": 2}]})
    assert (last.blocked, job.tasks.ready(10)) == (True, [first, second])
    tasks.satisfy_dependents(state.account, job, first)
    assert last.blocked
    tasks.satisfy_dependents(state.account, job, second)
    assert (last.blocked, second.satisfies) == (False, True)
    assert last in job.tasks.ready(10)


def test_new_constraints_replace_the_old_and_modify_the_task(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    tasks.update_task(state.account, job, task, {"maxTaskRetryCount": 4})
    assert json.loads(task.spec)["constraints"] == {"maxTaskRetryCount": 4}
    assert task.modified > task.created


def test_a_deleted_task_is_gone_with_its_subtasks(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    jobs.record_subtask(state.account, job, task, 1, {"state": "running"})
    tasks.delete_task(state.account, job, task)
    assert (len(job.tasks), job.subtasks) == (0, {})
    assert state.store.count("DELETE FROM tasks") == 1
    assert state.calls["task_stopped"] == 1


def test_a_state_change_unknown_to_the_service_is_a_bug(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    complete(state, job, task)
    with pytest.raises(AssertionError, match="from completed to running"):
        tasks.run_prepared_task(state.account, job, task)
