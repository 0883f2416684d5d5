from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from azure.batch import models

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

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
