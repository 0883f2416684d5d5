from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]

Task = models.BatchTaskCreateOptions


@pytest.fixture
def busy(batch: BatchClient, job: str, until: Until) -> str:
    """A job with one running task and one that waits for a slot."""
    tasks = [Task(id=task, command_line="sleep 600", required_slots=2) for task in ("a", "b", "c")]
    batch.create_task_collection(job, models.BatchTaskGroup(task_values=tasks))
    until(lambda: batch.get_job_task_counts(job).task_counts.running == 2)
    return job


def is_in(batch: BatchClient, job: str, state: str) -> Callable[[], bool]:
    return lambda: batch.get_job(job).state == state


def test_a_job_ends_when_all_its_tasks_have(batch: BatchClient, job: str, until: Until) -> None:
    batch.create_task(job, Task(id="t", command_line="false"))
    batch.update_job(job, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))
    until(is_in(batch, job, "completed"))
    ended = batch.get_job(job)
    assert ended.execution_info is not None
    assert ended.execution_info.termination_reason == "AllTasksCompleted"
    assert ended.execution_info.end_time is not None
    assert ended.previous_state == "active"
    with pytest.raises(HttpResponseError) as refused:
        batch.create_task(job, Task(id="late", command_line="true"))
    assert refused.value.error.code == "JobCompleted"  # type: ignore[union-attr]


def test_an_empty_job_with_automatic_termination_ends_soon(batch: BatchClient, job: str, until: Until) -> None:
    batch.update_job(job, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))
    until(is_in(batch, job, "completed"))


def test_a_job_ends_when_its_wall_clock_time_has_elapsed(batch: BatchClient, busy: str, until: Until) -> None:
    constraints = models.BatchJobConstraints(max_wall_clock_time=timedelta(seconds=0.1))
    batch.update_job(busy, models.BatchJobUpdateOptions(constraints=constraints))
    until(is_in(batch, busy, "completed"))
    ended = batch.get_job(busy)
    assert ended.execution_info is not None
    assert ended.execution_info.termination_reason == "MaxWallClockTimeExpiry"


def test_terminating_a_job_ends_running_tasks_and_keeps_waiting_ones(
    batch: BatchClient, busy: str, until: Until
) -> None:
    options: Any = {"terminateReason": "enough"}
    batch.begin_terminate_job(busy, options, polling_interval=0).result()
    ended = batch.get_job(busy)
    assert ended.state == "completed"
    assert ended.execution_info is not None
    assert ended.execution_info.termination_reason == "enough"
    states = {task.id: task.state for task in batch.list_tasks(busy)}
    assert sorted(states.values()) == ["active", "completed", "completed"]
    until(lambda: all(node.state == "idle" for node in batch.list_nodes("pool")))


def test_transient_states_are_returned_by_the_first_read(wire: Any, busy: str, until: Until) -> None:
    assert wire("POST", f"/jobs/{busy}/disable", {"disableTasks": "requeue"}).status == 202
    assert wire("GET", f"/jobs/{busy}").json()["state"] == "disabling"
    until(lambda: wire("GET", f"/jobs/{busy}").json()["state"] == "disabled")
    assert wire("POST", f"/jobs/{busy}/enable").status == 202
    assert wire("GET", f"/jobs/{busy}").json()["state"] == "active"
    assert wire("POST", f"/jobs/{busy}/terminate").status == 202
    shown = wire("GET", f"/jobs/{busy}").json()
    assert (shown["state"], shown["executionInfo"]["terminateReason"]) == ("terminating", "UserTerminate")
    until(lambda: wire("GET", f"/jobs/{busy}").json()["state"] == "completed")
    assert wire("DELETE", f"/jobs/{busy}").status == 202
    assert wire("GET", f"/jobs/{busy}").json()["state"] == "deleting"
    until(lambda: wire("GET", f"/jobs/{busy}").status == 404)


def test_automatic_state_changes_do_not_modify_a_job(batch: BatchClient, wire: Any, busy: str, until: Until) -> None:
    for verb, state in (("disable", "disabled"), ("terminate", "completed")):
        body = {"disableTasks": "requeue"} if verb == "disable" else None
        asked = wire("POST", f"/jobs/{busy}/{verb}", body)
        until(is_in(batch, busy, state))
        assert wire("GET", f"/jobs/{busy}").json()["eTag"] == asked.headers["etag"]


def test_an_empty_job_that_is_to_end_can_be_ended_with_a_reason_right_away(wire: Any, job: str, until: Until) -> None:
    wire("PATCH", f"/jobs/{job}", {"onAllTasksComplete": "terminatejob"})
    assert wire("POST", f"/jobs/{job}/terminate", {"terminateReason": "mine"}).status == 202
    until(lambda: wire("GET", f"/jobs/{job}").json()["state"] == "completed")
    assert wire("GET", f"/jobs/{job}").json()["executionInfo"]["terminateReason"] == "mine"


@pytest.mark.parametrize(("option", "states"), [("requeue", ["active"] * 3), ("terminate", ["active", "completed"])])
def test_disabling_a_job_handles_running_tasks_according_to_the_option(
    batch: BatchClient, busy: str, option: str, states: list[str]
) -> None:
    options = models.BatchJobDisableOptions(disable_tasks=option)
    batch.begin_disable_job(busy, options, polling_interval=0).result()
    assert batch.get_job(busy).state == "disabled"
    found = sorted(models.BatchTaskState(task.state).value for task in batch.list_tasks(busy))
    assert sorted(set(found)) == sorted(set(states))
    counts = batch.get_job_task_counts(busy).task_counts
    assert counts.running == 0
    requeued = [task.execution_info.requeue_count for task in batch.list_tasks(busy) if task.execution_info]
    assert sum(requeued) == (2 if option == "requeue" else 0)


def test_disabling_a_job_can_wait_for_running_tasks(batch: BatchClient, busy: str, until: Until) -> None:
    batch.begin_disable_job(busy, models.BatchJobDisableOptions(disable_tasks="wait"), polling_interval=60)
    running = [task.id for task in batch.list_tasks(busy, filter="state eq 'running'")]
    assert len(running) == 2
    for task in running:
        batch.terminate_task(busy, str(task))
    until(is_in(batch, busy, "disabled"))
    assert batch.get_job_task_counts(busy).task_counts.active == 1
    batch.begin_enable_job(busy, polling_interval=0).result()
    until(lambda: batch.get_job_task_counts(busy).task_counts.running == 1)


def test_a_disabled_job_takes_tasks_and_runs_them_when_it_is_enabled(
    batch: BatchClient, job: str, until: Until
) -> None:
    options = models.BatchJobDisableOptions(disable_tasks="requeue")
    batch.begin_disable_job(job, options, polling_interval=0).result()
    batch.create_task(job, Task(id="t", command_line="true"))
    assert batch.get_task(job, "t").state == "active"
    batch.begin_enable_job(job, polling_interval=0).result()
    until(lambda: batch.get_task(job, "t").state == "completed")


def test_deleting_a_job_ends_its_tasks_and_frees_its_id(batch: BatchClient, wire: Any, busy: str, until: Until) -> None:
    assert wire("DELETE", f"/jobs/{busy}").status == 202
    again = wire("DELETE", f"/jobs/{busy}")
    assert (again.status, again.code) == (409, "JobBeingDeleted")
    taken = wire("POST", "/jobs", {"id": busy, "poolInfo": {"poolId": "pool"}})
    assert (taken.status, taken.code) == (409, "JobBeingDeleted")
    until(lambda: wire("GET", f"/jobs/{busy}").status == 404)
    until(lambda: all(node.state == "idle" for node in batch.list_nodes("pool")))
    assert wire("POST", "/jobs", {"id": busy, "poolInfo": {"poolId": "pool"}}).status == 201
    assert list(batch.list_tasks(busy)) == []


def test_a_job_runs_once_its_pool_is_created(batch: BatchClient, machine: Any, until: Until) -> None:
    batch.create_job(models.BatchJobCreateOptions(id="early", pool_info=models.BatchPoolInfo(pool_id="LATE")))
    batch.create_task("early", Task(id="t", command_line="true"))
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="late", vm_size="standard_d2", virtual_machine_configuration=machine, target_low_priority_nodes=1
        )
    )
    until(lambda: batch.get_task("early", "t").state == "completed")


def test_put_resets_what_is_not_given_and_patch_does_not(batch: BatchClient, wire: Any, job: str) -> None:
    batch.update_job(job, models.BatchJobUpdateOptions(priority=900, max_parallel_tasks=3))
    assert wire("PATCH", f"/jobs/{job}", {"priority": 800}).status == 200
    shown = wire("GET", f"/jobs/{job}").json()
    assert (shown["priority"], shown["maxParallelTasks"]) == (800, 3)
    answer = wire("PUT", f"/jobs/{job}", {"poolInfo": {"poolId": "pool"}, "constraints": {"maxTaskRetryCount": 2}})
    assert answer.status == 200
    assert answer.headers["dataserviceid"].endswith(f"/jobs/{job}")
    shown = wire("GET", f"/jobs/{job}").json()
    assert (shown["priority"], shown["maxParallelTasks"], shown["constraints"]["maxTaskRetryCount"]) == (0, -1, 2)
    assert wire("PUT", f"/jobs/{job}", {"priority": 1}).code == "MissingRequiredProperty"


def test_an_active_job_cannot_be_enabled_and_a_completed_one_not_changed(wire: Any, job: str, until: Until) -> None:
    assert wire("POST", f"/jobs/{job}/enable").code == "OperationInvalidForCurrentState"
    wire("POST", f"/jobs/{job}/terminate")
    assert wire("POST", f"/jobs/{job}/terminate").code == "JobBeingTerminated"
    until(lambda: wire("GET", f"/jobs/{job}").json()["state"] == "completed")
    assert wire("PATCH", f"/jobs/{job}", {"priority": 1}).code == "JobCompleted"
    assert wire("POST", f"/jobs/{job}/disable", {"disableTasks": "wait"}).code == "JobCompleted"


def test_the_pool_of_a_job_changes_only_while_it_is_disabled(wire: Any, job: str, until: Until) -> None:
    change = {"poolInfo": {"poolId": "other"}}
    assert wire("PATCH", f"/jobs/{job}", change).code == "OperationInvalidForCurrentState"
    wire("POST", f"/jobs/{job}/disable", {"disableTasks": "wait"})
    until(lambda: wire("GET", f"/jobs/{job}").json()["state"] == "disabled")
    assert wire("PATCH", f"/jobs/{job}", change).status == 200
    assert wire("GET", f"/jobs/{job}").json()["executionInfo"]["poolId"] == "other"


def test_jobs_of_higher_priority_run_first(batch: BatchClient, busy: str, until: Until) -> None:
    urgent = models.BatchJobCreateOptions(id="urgent", pool_info=models.BatchPoolInfo(pool_id="pool"), priority=100)
    batch.create_job(urgent)
    batch.create_task("urgent", Task(id="t", command_line="true", required_slots=2))
    first = next(task for task in batch.list_tasks(busy, filter="state eq 'running'"))
    batch.terminate_task(busy, str(first.id))
    until(lambda: batch.get_task("urgent", "t").state == "completed")


def test_a_job_without_preparation_has_no_status_of_it(wire: Any, job: str) -> None:
    answer = wire("GET", f"/jobs/{job}/jobpreparationandreleasetaskstatus")
    assert (answer.status, answer.code) == (409, "JobPreparationTaskOrReleaseTaskNotSpecified")
