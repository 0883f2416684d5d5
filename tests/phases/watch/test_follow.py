"""Several jobs are followed at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from in_memory_pools import Notes
from in_memory_run import Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import WaitTimeoutError
from recipebatch.phases.watch.follow import AT_ONCE
from recipebatch.phases.watch.watch import watch_jobs
from recipebatch.report import NodeCounts, TaskCounts, TaskTotals
from recipebatch.service import JobSnapshot, NodeSnapshot
from recipebatch.vocabulary.ids import JobId


class Slow(Batch):
    """A Batch account whose jobs end one after the other, the last one first."""

    looked: list[str]

    def begin(self, *jobs: Any) -> None:
        self.looked = []
        self.left = [str(job.id) for job in jobs]
        for job in jobs:
            self.create_job(job)
            self.add_tasks(job.id, job.tasks or ())

    def get_job(self, job_id: str) -> JobSnapshot | None:
        self.looked.append(job_id)
        if job_id == self.left[-1] and len(self.looked) > len(self.left):
            self.left = self.left[:-1] or [""]
            self.ending.add(job_id)
        return super().get_job(job_id)

    def task_totals(self, job_id: str) -> TaskTotals:
        return TaskTotals(succeeded=1) if job_id in self.ending else TaskTotals(running=1)

    def list_nodes(self, _pool_id: str) -> Any:
        return (NodeSnapshot(id="n", state="running"),)


def watched(count: int, limit: timedelta | None = None) -> tuple[Slow, Notes]:
    jobs = tuple(
        a_job(a_task("a"), id=JobId(f"j{number}"), logical=f"job{number}", on_all_tasks_complete="terminatejob")
        for number in range(count)
    )
    plan = a_plan(pools=(a_pool(),), containers=(), jobs=jobs)
    batch = Slow()
    batch.begin(*jobs)
    world = World(plan=plan, batch=batch)
    context = world.context(plan)
    notes = Notes()
    object.__setattr__(context, "progress", notes)
    watch_jobs(context, limit=limit)
    return batch, notes


def test_all_jobs_are_looked_at_before_the_first_has_ended() -> None:
    batch, notes = watched(3)
    assert batch.looked[:3] == ["j0", "j1", "j2"]
    told = [event for event in notes.events if isinstance(event, TaskCounts)]
    assert {event.job for event in told[:3]} == {"job0", "job1", "job2"}
    nodes = [event for event in notes.events if isinstance(event, NodeCounts)]
    assert nodes[0].states == {"running": 1}
    assert nodes[-1].ended


def test_of_many_jobs_some_are_looked_at_between_two_waits_and_all_have_their_turn() -> None:
    batch, _ = watched(2 * AT_ONCE)
    assert len(set(batch.looked[:AT_ONCE])) == AT_ONCE
    assert set(batch.looked[: 2 * AT_ONCE]) == {f"j{number}" for number in range(2 * AT_ONCE)}


def test_the_limit_is_of_all_jobs_together() -> None:
    with pytest.raises(WaitTimeoutError, match=r"job j0: 1 of 1 tasks unfinished after 0 s"):
        watched(2, timedelta())
