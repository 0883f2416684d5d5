from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from azure.batch import BatchClient

    Run = Callable[..., models.BatchTask]
    Until = Callable[[Callable[[], Any]], Any]

Task = models.BatchTaskCreateOptions


def info(task: models.BatchTask) -> models.BatchTaskExecutionInfo:
    assert task.execution_info is not None
    return task.execution_info


def moment(time: datetime | None) -> datetime:
    assert time is not None
    return time


def test_a_task_that_succeeds_says_so_and_keeps_its_etag(run: Run) -> None:
    task = run("/bin/sh -c 'exit 0'")
    assert (info(task).exit_code, info(task).result, info(task).failure_info) == (0, "success", None)
    assert moment(info(task).start_time) <= moment(info(task).end_time)
    assert task.previous_state == "running"
    assert task.last_modified == task.creation_time
    assert task.node_info is not None
    assert task.node_info.task_root_directory == "workitems/job/job-1/task"


def test_a_task_that_fails_is_retried_as_often_as_it_may(batch: BatchClient, run: Run) -> None:
    constraints = models.BatchTaskConstraints(max_task_retry_count=3)
    task = run("/bin/sh -c 'echo again >> wd.txt; exit 2'", constraints=constraints)
    assert (info(task).exit_code, info(task).retry_count, info(task).result) == (2, 3, "failure")
    assert info(task).last_retry_time == info(task).start_time
    failure = info(task).failure_info
    assert failure is not None
    assert (str(failure.category).lower(), failure.code) == ("usererror", "FailureExitCode")
    assert b"".join(batch.download_task_file("job", "task", "wd/wd.txt")) == b"again\n" * 4


def test_a_program_that_does_not_exist_is_not_retried(run: Run) -> None:
    task = run('cmd /c "echo hello world"', constraints=models.BatchTaskConstraints(max_task_retry_count=3))
    assert (info(task).exit_code, info(task).retry_count) == (None, 0)
    assert info(task).failure_info.code == "CommandProgramNotFound"  # type: ignore[union-attr]


def test_a_task_that_takes_too_long_is_ended_with_a_failure(run: Run) -> None:
    task = run("sleep 600", constraints=models.BatchTaskConstraints(max_wall_clock_time=timedelta(seconds=0.2)))
    assert info(task).result == "failure"
    assert info(task).failure_info is not None
    assert info(task).retry_count == 0


def test_a_task_sees_the_documented_variables_and_its_own(batch: BatchClient, pool: str, until: Until) -> None:
    job = models.BatchJobCreateOptions(id="J", pool_info=models.BatchPoolInfo(pool_id=pool))
    job.common_environment_settings = [
        models.EnvironmentSetting(name="COMMON", value="job"),
        models.EnvironmentSetting(name="MINE", value="job"),
    ]
    batch.create_job(job)
    own = [models.EnvironmentSetting(name="MINE", value="task")]
    batch.create_task("J", Task(id="T", command_line="/usr/bin/env", environment_settings=own))
    until(lambda: batch.get_task("J", "T").state == "completed")
    lines = b"".join(batch.download_task_file("J", "T", "stdout.txt")).decode().splitlines()
    seen = dict(line.split("=", 1) for line in lines)
    assert (seen["COMMON"], seen["MINE"]) == ("job", "task")
    assert (seen["AZ_BATCH_JOB_ID"], seen["AZ_BATCH_TASK_ID"], seen["AZ_BATCH_POOL_ID"]) == ("J", "T", "pool")
    assert seen["AZ_BATCH_TASK_WORKING_DIR"] == f"{seen['AZ_BATCH_TASK_DIR']}/wd"
    assert seen["AZ_BATCH_TASK_DIR"].startswith(seen["AZ_BATCH_NODE_ROOT_DIR"])
    assert seen["AZ_BATCH_NODE_IS_DEDICATED"] == "true"


def test_slots_are_never_exceeded_and_a_big_task_takes_a_whole_node(
    batch: BatchClient, job: str, until: Until, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    command = f"/bin/sh -c 'until test -e {go}; do sleep 0.02; done'"
    tasks = [Task(id=f"t{number}", command_line=command, required_slots=1 + number % 2) for number in range(6)]
    batch.create_task_collection(job, models.BatchTaskGroup(task_values=tasks))

    def three_run() -> list[models.BatchNode]:
        nodes = list(batch.list_nodes("pool"))
        return nodes if sum(node.running_tasks_count or 0 for node in nodes) == 3 else []

    nodes = until(three_run)
    assert sorted(node.running_task_slots_count for node in nodes) == [2, 2]
    assert sorted(node.running_tasks_count for node in nodes) == [1, 2]
    counts = batch.get_job_task_counts(job)
    assert (counts.task_counts.running, counts.task_slot_counts.running) == (3, 4)
    go.touch()
    until(lambda: batch.get_job_task_counts(job).task_counts.succeeded == 6)


def test_a_job_runs_no_more_tasks_at_once_than_it_says(
    batch: BatchClient, pool: str, until: Until, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    job = models.BatchJobCreateOptions(id="few", pool_info=models.BatchPoolInfo(pool_id=pool), max_parallel_tasks=1)
    batch.create_job(job)
    command = f"/bin/sh -c 'until test -e {go}; do sleep 0.02; done'"
    batch.create_tasks("few", [Task(id=f"t{number}", command_line=command) for number in range(3)])
    until(lambda: batch.get_job_task_counts("few").task_counts.running == 1)
    batch.update_job("few", models.BatchJobUpdateOptions(max_parallel_tasks=2))
    until(lambda: batch.get_job_task_counts("few").task_counts.running == 2)
    go.touch()
    until(lambda: batch.get_job_task_counts("few").task_counts.completed == 3)


def test_a_waiting_task_is_terminated_as_recorded(wire: Any) -> None:
    wire("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "none"}})
    before = wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true"}).headers["etag"]
    answer = wire("POST", "/jobs/j/tasks/t/terminate")
    assert answer.status == 204
    shown = wire("GET", "/jobs/j/tasks/t").json()
    assert shown["eTag"] == answer.headers["etag"] != before
    assert (shown["state"], shown["previousState"], shown["nodeInfo"]) == ("completed", "active", {})
    assert shown["executionInfo"] == {
        "endTime": shown["lastModified"],
        "failureInfo": {"category": "UserError", "code": "TaskEnded", "message": "Task Was Ended by User Request"},
        "result": "failure",
        "retryCount": 0,
        "requeueCount": 0,
    }
    again = wire("POST", "/jobs/j/tasks/t/terminate")
    assert (again.status, again.code) == (409, "TaskCompleted")


def test_a_running_task_is_terminated_with_all_its_processes(
    batch: BatchClient, job: str, until: Until, tmp_path: Path
) -> None:
    beat = tmp_path / "beat"
    command = f"/bin/sh -c '(while true; do date +%N > {beat}; sleep 0.01; done) & wait'"
    batch.create_task(job, Task(id="t", command_line=command))
    until(beat.exists)
    batch.terminate_task(job, "t")
    task = batch.get_task(job, "t")
    assert (task.state, info(task).result) == ("completed", "failure")
    assert info(task).failure_info.code == "TaskEnded"  # type: ignore[union-attr]
    until(lambda: all(node.state == "idle" for node in batch.list_nodes("pool")))
    beat.unlink()
    batch.create_task(job, Task(id="u", command_line="sleep 0.1"))
    until(lambda: batch.get_task(job, "u").state == "completed")
    assert not beat.exists()


def test_a_failed_task_can_be_reactivated_and_a_good_one_cannot(
    batch: BatchClient, run: Run, until: Until, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    assert info(run(f"test -e {go}")).result == "failure"
    go.touch()
    batch.reactivate_task("job", "task")
    task = until(lambda: (t := batch.get_task("job", "task")).state == "completed" and t)
    assert (info(task).result, info(task).retry_count) == ("success", 0)
    with pytest.raises(HttpResponseError) as refused:
        batch.reactivate_task("job", "task")
    assert refused.value.error.code == "TaskSucceeded"  # type: ignore[union-attr]


def test_a_deleted_task_is_gone_with_its_files_and_its_id_is_free(batch: BatchClient, run: Run) -> None:
    run("/bin/sh -c 'echo first > file'")
    batch.delete_task("job", "task")
    assert list(batch.list_tasks("job")) == []
    run("ls")
    assert b"".join(batch.download_task_file("job", "task", "stdout.txt")) == b""


def test_a_deleted_task_that_runs_is_ended(batch: BatchClient, job: str, until: Until) -> None:
    batch.create_task(job, Task(id="t", command_line="sleep 600"))
    until(lambda: batch.get_task(job, "t").state == "running")
    batch.delete_task(job, "t")
    until(lambda: all(node.state == "idle" for node in batch.list_nodes("pool")))
    assert batch.get_job_task_counts(job).task_counts.running == 0


def test_a_task_whose_node_leaves_waits_for_another(batch: BatchClient, job: str, until: Until, tmp_path: Path) -> None:
    go = tmp_path / "go"
    command = f"/bin/sh -c 'until test -e {go}; do sleep 0.02; done'"
    batch.create_task(job, Task(id="t", command_line=command))
    task = until(lambda: (t := batch.get_task(job, "t")).state == "running" and t)
    until(lambda: batch.get_pool("pool").allocation_state == "steady")
    first = task.node_info.node_id
    batch.begin_remove_nodes("pool", models.BatchNodeRemoveOptions(node_ids=[first]), polling_interval=0).result()
    go.touch()
    task = until(lambda: (t := batch.get_task(job, "t")).state == "completed" and t)
    assert (info(task).requeue_count, info(task).retry_count, info(task).result) == (1, 0, "success")
    assert task.node_info.node_id != first


def test_a_task_prefers_the_node_it_is_bound_to(batch: BatchClient, job: str, run: Run, until: Until) -> None:
    until(lambda: all(node.state == "idle" for node in batch.list_nodes("pool")))
    for node in batch.list_nodes("pool"):
        task = run("true", id=node.id[-8:], affinity_info=models.BatchAffinityInfo(affinity_id=node.affinity_id))
        assert task.node_info is not None
        assert task.node_info.node_id == node.id
    assert job


def test_a_task_that_is_added_twice_exists(batch: BatchClient, run: Run) -> None:
    run("true")
    with pytest.raises(HttpResponseError) as refused:
        batch.create_task("job", Task(id="TASK", command_line="true"))
    assert refused.value.error.code == "TaskExists"  # type: ignore[union-attr]


def test_the_files_of_a_task_are_removed_when_their_time_is_over(wire: Any, run: Run, until: Until) -> None:
    run("true", constraints=models.BatchTaskConstraints(retention_time=timedelta(milliseconds=1)))
    until(lambda: wire("GET", "/jobs/job/tasks/task/files").status == 409)
    answer = wire("GET", "/jobs/job/tasks/task/files/stdout.txt")
    assert (answer.status, answer.code) == (409, "TaskFilesCleanedup")
    assert wire("GET", "/jobs/job/tasks/task").json()["executionInfo"]["result"] == "success"
