from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import BatchClient

    Run = Callable[..., models.BatchTask]
    Until = Callable[[Callable[[], Any]], Any]

Task = models.BatchTaskCreateOptions


def info(task: models.BatchTask) -> models.BatchTaskExecutionInfo:
    assert task.execution_info is not None
    return task.execution_info


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


def test_a_task_that_is_added_twice_exists(batch: BatchClient, run: Run) -> None:
    run("true")
    with pytest.raises(HttpResponseError) as refused:
        batch.create_task("job", Task(id="TASK", command_line="true"))
    assert refused.value.error.code == "TaskExists"  # type: ignore[union-attr]
