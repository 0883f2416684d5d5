from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]

STATUS = "/jobs/j/jobpreparationandreleasetaskstatus"


def add_job(wire: Any, pool: str, preparation: dict[str, Any], release: dict[str, Any] | None = None) -> None:
    document: dict[str, Any] = {"id": "j", "poolInfo": {"poolId": pool}, "jobPreparationTask": preparation}
    if release is not None:
        document["jobReleaseTask"] = release
    answer = wire("POST", "/jobs", document)
    assert answer.status == 201, answer.content


def add_task(wire: Any, task_id: str, command: str) -> None:
    assert wire("POST", "/jobs/j/tasks", {"id": task_id, "commandLine": command}).status == 201


def completed(wire: Any, count: int) -> Callable[[], bool]:
    return lambda: bool(wire("GET", "/jobs/j/taskcounts").json()["taskCounts"]["completed"] == count)


def test_a_node_is_prepared_once_before_the_first_task_and_released_after_the_last(
    wire: Any, batch: BatchClient, pool: str, until: Until
) -> None:
    add_job(
        wire,
        pool,
        {"commandLine": "/bin/sh -c 'echo prepared >> file'"},
        {"commandLine": "/bin/sh -c 'cat $AZ_BATCH_JOB_PREP_WORKING_DIR/file'"},
    )
    for number in range(6):
        add_task(wire, f"t{number}", "/bin/sh -c 'cat $AZ_BATCH_JOB_PREP_WORKING_DIR/file'")
    until(completed(wire, 6))
    for task in batch.list_tasks("j"):
        assert task.execution_info is not None
        assert task.execution_info.result == "success"
        assert b"".join(batch.download_task_file("j", task.id, "stdout.txt")) == b"prepared\n"
    wire("POST", "/jobs/j/terminate")
    until(lambda: wire("GET", "/jobs/j").json()["state"] == "completed")
    status = list(batch.list_job_preparation_and_release_task_status("j"))
    assert status
    for entry in status:
        prepared, released = entry.job_preparation_task_execution_info, entry.job_release_task_execution_info
        assert prepared is not None
        assert released is not None
        assert (prepared.state, prepared.exit_code, prepared.result) == ("completed", 0, "success")
        assert (released.state, released.exit_code) == ("completed", 0)
        path = f"{released.task_root_directory}/stdout.txt"
        assert path == "workitems/j/job-1/jobrelease/stdout.txt"
        assert b"".join(batch.download_node_file(pool, str(entry.node_id), path)) == b"prepared\n"


def test_a_task_is_preparing_while_its_node_is_prepared(wire: Any, pool: str, until: Until, tmp_path: Any) -> None:
    go = tmp_path / "go"
    add_job(wire, pool, {"commandLine": f"/bin/sh -c 'until test -e {go}; do sleep 0.02; done'", "id": "mine"})
    add_task(wire, "t", "true")
    until(lambda: wire("GET", "/jobs/j/tasks/t").json()["state"] == "preparing")
    assert wire("GET", "/jobs/j/taskcounts").json()["taskCounts"]["running"] == 1
    (entry,) = until(lambda: wire("GET", STATUS).json()["value"])
    assert entry["jobPreparationTaskExecutionInfo"]["state"] == "running"
    assert "jobReleaseTaskExecutionInfo" not in entry
    go.touch()
    until(completed(wire, 1))
    task = wire("GET", "/jobs/j/tasks/t").json()
    assert (task["executionInfo"]["result"], task["previousState"]) == ("success", "running")
    assert wire("GET", f"{STATUS}?$filter=jobPreparationTaskExecutionInfo/exitCode%20ne%200").json()["value"] == []


def test_nodes_that_cannot_be_prepared_are_not_used_for_the_job(
    wire: Any, batch: BatchClient, pool: str, until: Until
) -> None:
    add_job(wire, pool, {"commandLine": "/bin/sh -c 'exit 4'", "constraints": {"maxTaskRetryCount": 1}})
    add_task(wire, "t", "true")
    done = "jobPreparationTaskExecutionInfo/state%20eq%20'completed'"
    entries = until(lambda: len(e := wire("GET", f"{STATUS}?$filter={done}").json()["value"]) == 2 and e)
    for entry in entries:
        info = entry["jobPreparationTaskExecutionInfo"]
        assert (info["exitCode"], info["retryCount"], info["result"]) == (4, 1, "failure")
        assert info["failureInfo"]["code"] == "FailureExitCode"
    until(lambda: all(node.state == "idle" for node in batch.list_nodes(pool)))
    task = wire("GET", "/jobs/j/tasks/t").json()
    assert (task["state"], task["executionInfo"]) == ("active", {"retryCount": 0, "requeueCount": 0})


def test_without_waiting_for_success_tasks_run_all_the_same(wire: Any, pool: str, until: Until) -> None:
    add_job(wire, pool, {"commandLine": "/bin/sh -c 'exit 4'", "waitForSuccess": False})
    add_task(wire, "t", "true")
    until(completed(wire, 1))


def test_terminating_a_job_ends_its_preparation(wire: Any, batch: BatchClient, pool: str, until: Until) -> None:
    add_job(wire, pool, {"commandLine": "sleep 600"}, {"commandLine": "true"})
    add_task(wire, "t", "true")
    until(lambda: wire("GET", "/jobs/j/tasks/t").json()["state"] == "preparing")
    wire("POST", "/jobs/j/terminate")
    until(lambda: wire("GET", "/jobs/j").json()["state"] == "completed")
    assert wire("GET", "/jobs/j/tasks/t").json()["executionInfo"]["failureInfo"]["code"] == "TaskEnded"
    assert wire("GET", STATUS).json()["value"] == []
    until(lambda: all(node.state == "idle" for node in batch.list_nodes(pool)))


def test_a_node_can_leave_while_it_is_prepared(wire: Any, batch: BatchClient, pool: str, until: Until) -> None:
    add_job(wire, pool, {"commandLine": "sleep 600"})
    add_task(wire, "t", "true")
    until(lambda: wire("GET", "/jobs/j/tasks/t").json()["state"] == "preparing")
    until(lambda: batch.get_pool(pool).allocation_state == "steady")
    batch.begin_resize_pool(pool, models.BatchPoolResizeOptions(target_dedicated_nodes=0), polling_interval=0).result()
    until(lambda: wire("GET", "/jobs/j/tasks/t").json()["state"] == "active")
    assert list(batch.list_nodes(pool)) == []


def test_defaults_are_shown_as_recorded(wire: Any) -> None:
    add_job(wire, "none", {"commandLine": "true"}, {"commandLine": "false"})
    shown = wire("GET", "/jobs/j").json()
    user = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
    unlimited = "P10675199DT2H48M5.4775807S"
    assert shown["jobPreparationTask"] == {
        "id": "jobpreparation",
        "commandLine": "true",
        "constraints": {"maxWallClockTime": unlimited, "retentionTime": "P7D", "maxTaskRetryCount": 0},
        "userIdentity": user,
        "waitForSuccess": True,
        "rerunOnNodeRebootAfterSuccess": True,
    }
    assert shown["jobReleaseTask"] == {
        "id": "jobrelease",
        "commandLine": "false",
        "maxWallClockTime": "PT15M",
        "retentionTime": "P7D",
        "userIdentity": user,
    }


@pytest.mark.parametrize(
    ("task_id", "code"),
    [("JobPreparation", "TaskIdSameAsJobPreparationTask"), ("jobrelease", "TaskIdSameAsJobReleaseTask")],
)
def test_the_ids_of_preparation_and_release_are_taken(wire: Any, task_id: str, code: str) -> None:
    add_job(wire, "none", {"commandLine": "true"}, {"commandLine": "true"})
    answer = wire("POST", "/jobs/j/tasks", {"id": task_id, "commandLine": "true"})
    assert (answer.status, answer.code) == (409, code)


def test_a_release_needs_a_preparation_and_may_not_take_long(wire: Any) -> None:
    document = {"id": "j", "poolInfo": {"poolId": "none"}, "jobReleaseTask": {"commandLine": "true"}}
    assert wire("POST", "/jobs", document).code == "InvalidPropertyValue"
    document["jobPreparationTask"] = {"commandLine": "true"}
    document["jobReleaseTask"] = {"commandLine": "true", "maxWallClockTime": "PT16M"}
    assert wire("POST", "/jobs", document).values["PropertyName"] == "maxWallClockTime"
