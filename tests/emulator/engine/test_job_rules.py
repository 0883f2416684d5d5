from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]


def add(wire: Any, job_id: str, pool: str = "pool", **rest: Any) -> None:
    answer = wire("POST", "/jobs", {"id": job_id, "poolInfo": {"poolId": pool}, **rest})
    assert answer.status == 201, answer.content


def add_task(wire: Any, job_id: str, task_id: str, command: str = "sleep 600", **rest: Any) -> None:
    answer = wire("POST", f"/jobs/{job_id}/tasks", {"id": task_id, "commandLine": command, **rest})
    assert answer.status == 201, answer.content


def job(wire: Any, job_id: str = "j") -> Any:
    return wire("GET", f"/jobs/{job_id}").json()


def task(wire: Any, job_id: str, task_id: str) -> Any:
    return wire("GET", f"/jobs/{job_id}/tasks/{task_id}").json()


def test_patch_keeps_what_it_does_not_name_and_put_resets_it(wire: Any) -> None:
    constraints = {"maxTaskRetryCount": 2}
    metadata = [{"name": "a", "value": "b"}]
    add(wire, "j", "none", priority=5, maxParallelTasks=7, constraints=constraints, metadata=metadata, displayName="d")
    assert wire("PATCH", "/jobs/j", {"allowTaskPreemption": True}).status == 200
    shown = job(wire)
    assert (shown["priority"], shown["maxParallelTasks"], shown["metadata"]) == (5, 7, metadata)
    assert shown["allowTaskPreemption"]
    assert wire("PUT", "/jobs/j", {"priority": 6}).values == {"PropertyName": "poolInfo"}
    assert wire("PUT", "/jobs/j", {"priority": 6, "poolInfo": {"poolId": "none"}}).status == 200
    shown = job(wire)
    assert (shown["priority"], shown["maxParallelTasks"], shown["allowTaskPreemption"]) == (6, -1, False)
    assert (shown["constraints"]["maxTaskRetryCount"], shown["displayName"]) == (0, "d")
    assert "metadata" not in shown


def test_automatic_termination_of_a_job_cannot_be_disabled_again(wire: Any) -> None:
    add(wire, "k", "none")
    add_task(wire, "k", "t")
    wire("PATCH", "/jobs/k", {"onAllTasksComplete": "terminatejob"})
    for method, body in (
        ("PATCH", {"onAllTasksComplete": "noaction"}),
        ("PUT", {"poolInfo": {"poolId": "none"}}),
    ):
        answer = wire(method, "/jobs/k", body)
        assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", "onAllTasksComplete")


def test_a_forced_end_does_not_wait_for_release_tasks(wire: Any, pool: str, until: Until) -> None:
    add(wire, "j", pool, jobPreparationTask={"commandLine": "true"}, jobReleaseTask={"commandLine": "sleep 600"})
    add_task(wire, "j", "t", "true")
    until(lambda: task(wire, "j", "t")["state"] == "completed")
    assert wire("POST", "/jobs/j/terminate", {"terminateReason": "mine"}).status == 202
    status = "/jobs/j/jobpreparationandreleasetaskstatus"
    until(lambda: wire("GET", status).json()["value"][0].get("jobReleaseTaskExecutionInfo"))
    assert wire("POST", "/jobs/j/terminate").code == "JobBeingTerminated"
    assert wire("POST", "/jobs/j/terminate?force=true").status == 202
    until(lambda: job(wire)["state"] == "completed")
    assert job(wire)["executionInfo"]["terminateReason"] == "mine"
    assert wire("DELETE", "/jobs/j?force=true").status == 202
    until(lambda: wire("GET", "/jobs/j").status == 404)


def test_a_forced_deletion_ends_release_tasks(wire: Any, batch: BatchClient, pool: str, until: Until) -> None:
    add(wire, "j", pool, jobPreparationTask={"commandLine": "true"}, jobReleaseTask={"commandLine": "sleep 600"})
    add_task(wire, "j", "t", "true")
    until(lambda: task(wire, "j", "t")["state"] == "completed")
    assert wire("DELETE", "/jobs/j").status == 202
    assert job(wire)["state"] == "deleting"
    assert wire("DELETE", "/jobs/j").code == "JobBeingDeleted"
    assert wire("DELETE", "/jobs/j?force=true").status == 202
    until(lambda: wire("GET", "/jobs/j").status == 404)
    until(lambda: all(node.state == "idle" for node in batch.list_nodes(pool)))


def test_only_failed_tasks_are_reactivated_and_start_from_scratch(
    wire: Any, pool: str, until: Until, tmp_path: Any
) -> None:
    add(wire, "j", pool)
    add_task(wire, "j", "good", "true")
    add_task(wire, "j", "bad", f"test -e {tmp_path}/there", constraints={"maxTaskRetryCount": 1})
    until(lambda: wire("GET", "/jobs/j/taskcounts").json()["taskCounts"]["completed"] == 2)
    assert wire("POST", "/jobs/j/tasks/good/reactivate").code == "TaskSucceeded"
    assert task(wire, "j", "bad")["executionInfo"]["retryCount"] == 1
    (tmp_path / "there").touch()
    answer = wire("POST", "/jobs/j/tasks/bad/reactivate")
    assert (answer.status, "dataserviceid" in answer.headers) == (204, False)
    until(lambda: task(wire, "j", "bad")["state"] == "completed")
    info = task(wire, "j", "bad")["executionInfo"]
    assert (info["exitCode"], info["result"], info["retryCount"]) == (0, "success", 0)
    assert "failureInfo" not in info
    add_task(wire, "j", "waits", "sleep 600")
    assert wire("POST", "/jobs/j/tasks/waits/reactivate").code == "TaskNotCompleted"
    wire("POST", "/jobs/j/tasks/waits/terminate")
    wire("POST", "/jobs/j/terminate")
    until(lambda: job(wire)["state"] == "completed")
    assert wire("POST", "/jobs/j/tasks/waits/reactivate").code == "JobCompleted"
