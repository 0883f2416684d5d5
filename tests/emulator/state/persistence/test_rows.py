from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state.persistence import Store, forget_schedule, load_schedules, rows, save_schedule
from recipebatch.emulator.state.records import JobRecord, NodeRecord, PoolRecord, ScheduleRecord, TaskRecord
from recipebatch.vocabulary.states import JobState, NodeState, ScheduleState, TaskResult, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POOL_BODY = {"vmSize": "x", "taskSlotsPerNode": 1}


def after_restart(path: Path, write: Callable[[Store], None], read: Callable[[Store], Any]) -> Any:
    """The records that a second store reads after the first has written."""

    async def run() -> Any:
        store = Store(path / "state.sqlite3")
        write(store)
        await store.close()
        again = Store(path / "state.sqlite3")
        try:
            return read(again)
        finally:
            await again.close()

    return asyncio.run(run())


def same(first: Any, second: Any, *but: str) -> bool:
    names = [each.name for each in fields(first) if each.name not in but]
    return all(getattr(first, name) == getattr(second, name) for name in names)


def make_pool() -> PoolRecord:
    pool = PoolRecord(id="P", body=POOL_BODY, created=1, modified=2, state_time=3, allocation_time=4)
    pool.dropping = {"b", "a"}
    pool.scaling_run = {"timestamp": 5}
    node = NodeRecord(id="n", number=1, is_dedicated=True, state=NodeState.RUNNING, state_time=6, allocation_time=7)
    node.recent_tasks = [("j", "t")]
    node.running = {(1, 2): 1}
    pool.nodes["n"] = node
    return pool


def test_a_pool_comes_back_with_its_nodes_but_without_what_runs(tmp_path: Path) -> None:
    pool = make_pool()

    def write(store: Store) -> None:
        rows.save_pool(store, "a", pool)
        rows.save_node(store, "a", pool, pool.nodes["n"])

    ((account, loaded),) = after_restart(tmp_path, write, rows.load_pools)
    assert account == "a"
    assert same(pool, loaded, "nodes", "history")
    assert same(pool.nodes["n"], loaded.nodes["n"], "running")
    assert loaded.nodes["n"].running == {}


def test_deleted_records_are_not_loaded(tmp_path: Path) -> None:
    pool, job = make_pool(), JobRecord(id="j", seq=1, body={}, created=1, modified=1, state_time=1, start_time=1)
    task = TaskRecord(id="t", seq=0, spec="{}", slots=1, created=1, modified=1, state_time=1)

    def write(store: Store) -> None:
        rows.save_pool(store, "a", pool)
        rows.save_node(store, "a", pool, pool.nodes["n"])
        rows.save_job(store, "a", job)
        rows.add_task(store, job, task)
        rows.forget_pool(store, "a", pool)
        rows.forget_job(store, job)

    loaded = after_restart(tmp_path, write, lambda store: (rows.load_pools(store), rows.load_jobs(store)))
    assert loaded == ([], [])


def test_a_job_comes_back_with_its_tasks_and_what_they_wait_for(tmp_path: Path) -> None:
    body = {"poolInfo": {"poolId": "p"}, "usesTaskDependencies": True}
    job = JobRecord(id="J", seq=4, body=body, created=1, modified=2, state_time=3, start_time=4)
    job.state, job.previous_state, job.previous_state_time = JobState.DISABLED, JobState.ACTIVE, 3
    done = TaskRecord(id="1", seq=0, spec="{}", slots=2, created=1, modified=1, state_time=2)
    done.state, done.result, done.node = TaskState.COMPLETED, TaskResult.SUCCESS, ("p", "n")
    done.satisfies = True
    waits = TaskRecord(
        id="2", seq=5, spec='{"dependsOn":{"taskIds":["1","3"]}}', slots=1, created=1, modified=1, state_time=1
    )
    waits.blocked = True

    def write(store: Store) -> None:
        rows.save_job(store, "a", job)
        rows.add_task(store, job, done)
        rows.add_task(store, job, waits)
        waits.spec = waits.spec.replace("}}", '},"commandLine":"new"}')
        rows.save_task(store, job, waits, spec=True)

    ((_, loaded),) = after_restart(tmp_path, write, rows.load_jobs)
    assert same(job, loaded, "tasks", "dependencies", "next_task_seq")
    assert loaded.next_task_seq == 6
    first, second = loaded.tasks.get("1"), loaded.tasks.get("2")
    assert same(done, first, "queued")
    assert "new" in second.spec
    assert loaded.dependencies.satisfy("3") == [second]


def test_a_schedule_comes_back(tmp_path: Path) -> None:
    schedule = ScheduleRecord(id="S", body={"schedule": {}}, created=1, modified=2, state_time=3, runs=4)
    schedule.state, schedule.previous_state = ScheduleState.DISABLED, ScheduleState.ACTIVE
    gone = ScheduleRecord(id="G", body={}, created=1, modified=2, state_time=3)

    def write(store: Store) -> None:
        save_schedule(store, "a", schedule)
        save_schedule(store, "a", gone)
        forget_schedule(store, "a", gone)

    ((account, loaded),) = after_restart(tmp_path, write, load_schedules)
    assert account == "a"
    assert same(schedule, loaded)
