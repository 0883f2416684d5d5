from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from in_memory_run import Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.phases.watch.watch import watch_jobs

if TYPE_CHECKING:
    from recipebatch.runs import TaskRecord


def test_all_tasks_are_given_when_they_have_ended() -> None:
    plan = a_plan(pools=(a_pool(),), containers=(), jobs=(a_job(a_task("a"), a_task("b")),))
    batch = Batch(exit_codes={"b": 4})
    (job,) = plan.jobs
    batch.create_job(job)
    batch.add_tasks(job.id, job.tasks or ())
    batch.end_job_when_tasks_complete(job.id)
    seen: list[TaskRecord] = []
    report = watch_jobs(World(plan=plan, batch=batch).context(plan), limit=timedelta(), on_end=seen.extend)
    assert [(task.task_id, task.exit_code, task.cause, task.pool_id) for task in seen] == [
        ("a", 0, "", "p1"),
        ("b", 4, "exit_code", "p1"),
    ]
    assert report.summary == "1 of 2 tasks succeeded, 1 failed (b)"
