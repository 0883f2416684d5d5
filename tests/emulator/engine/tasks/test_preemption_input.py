from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Until = Callable[[Callable[[], Any]], Any]


def add(wire: Any, job_id: str, pool: str = "pool", **rest: Any) -> None:
    answer = wire("POST", "/jobs", {"id": job_id, "poolInfo": {"poolId": pool}, **rest})
    assert answer.status == 201, answer.content


def add_task(wire: Any, job_id: str, task_id: str, command: str = "sleep 600", **rest: Any) -> None:
    answer = wire("POST", f"/jobs/{job_id}/tasks", {"id": task_id, "commandLine": command, **rest})
    assert answer.status == 201, answer.content


def task(wire: Any, job_id: str, task_id: str) -> Any:
    return wire("GET", f"/jobs/{job_id}/tasks/{task_id}").json()


def running(wire: Any, job_id: str, count: int) -> Callable[[], bool]:
    return lambda: bool(wire("GET", f"/jobs/{job_id}/taskcounts").json()["taskCounts"]["running"] == count)


def test_tasks_that_allow_it_are_preempted_for_a_job_of_higher_priority(wire: Any, pool: str, until: Until) -> None:
    add(wire, "low", pool, allowTaskPreemption=True)
    for number in range(4):
        add_task(wire, "low", f"t{number}")
    until(running(wire, "low", 4))
    add(wire, "high", pool, priority=10)
    add_task(wire, "high", "urgent", "true", requiredSlots=2)
    until(lambda: task(wire, "high", "urgent")["state"] == "completed")
    infos = [task(wire, "low", f"t{number}")["executionInfo"] for number in range(4)]
    assert sorted(info["requeueCount"] for info in infos) == [0, 0, 1, 1]
    until(running(wire, "low", 4))


def test_tasks_that_do_not_allow_preemption_keep_running(wire: Any, pool: str, until: Until) -> None:
    add(wire, "low", pool)
    add(wire, "equal", pool, allowTaskPreemption=True, priority=10)
    add_task(wire, "low", "t", requiredSlots=2)
    add_task(wire, "equal", "t", requiredSlots=2)
    until(lambda: task(wire, "low", "t")["state"] == task(wire, "equal", "t")["state"] == "running")
    add(wire, "high", pool, priority=10)
    add_task(wire, "high", "urgent", "true")
    wire("PATCH", "/jobs/low", {"maxParallelTasks": 5})
    assert task(wire, "high", "urgent")["state"] == "active"
    assert {task(wire, name, "t")["executionInfo"]["requeueCount"] for name in ("low", "equal")} == {0}
    wire("PATCH", "/jobs/equal", {"priority": 9})
    until(lambda: task(wire, "high", "urgent")["state"] == "completed")
