"""What submit would do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from in_memory_run import LABELS, Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.phases.preview import job_changes, kept_jobs
from recipebatch.plan.model import PlannedAfter
from recipebatch.properties.job import Schedule
from recipebatch.runs import labels
from recipebatch.service import ScheduleSnapshot

if TYPE_CHECKING:
    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import Change

EVERY = Schedule(
    recurrence_interval=timedelta(hours=1), start_window=None, do_not_run_until=None, do_not_run_after=None
)
JOB = a_job(*(a_task(f"t{number}") for number in range(3)))


def context(*jobs: PlannedJob, batch: Batch | None = None) -> PhaseContext:
    plan = LABELS.on(a_plan(pools=(a_pool(),), jobs=jobs or (JOB,)))
    return World(batch=batch or Batch()).context(plan)


def with_tasks(count: int, *, ending: bool = False, run: str = "r1") -> Batch:
    batch = Batch(ending={"j1"} if ending else set())
    batch.create_job(replace(JOB, metadata=((labels.RUN, run),)))
    batch.add_tasks("j1", (JOB.tasks or ())[:count])
    return batch


def seen(changes: list[Change]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.action.value, change.kind, change.names) for change in changes]


def preview(at: PhaseContext, **more: Any) -> list[Change]:
    return job_changes(at, {}, is_new=lambda _name: False, **more)


def test_a_job_that_is_not_there_is_created_with_its_tasks() -> None:
    assert seen(preview(context())) == [("create", "job", ()), ("create", "task", ("t0", "t1", "t2"))]
    there = context(batch=with_tasks(3))
    assert seen(job_changes(there, {}, is_new=lambda _name: True))[0] == ("create", "job", ())


def test_tasks_that_a_job_lacks_are_added() -> None:
    changes = preview(context(batch=with_tasks(1)))
    assert seen(changes) == [("change", "job", ()), ("create", "task", ("t1", "t2")), ("keep", "task", ("t0",))]
    assert changes[0].differences[0].new == "terminatejob"
    remembered: dict[str, str] = {}
    job_changes(context(batch=with_tasks(3)), remembered, is_new=lambda _name: False)
    assert remembered == {"job j1": "active, 3 tasks"}


def test_a_job_of_another_run_is_a_conflict_that_names_the_run() -> None:
    (found,) = preview(context(batch=with_tasks(0, run="other")))
    assert found.action.value == "conflict"
    assert "it belongs to run other" in found.reason
    (closed,) = preview(context(batch=with_tasks(1, ending=True)))
    assert "lacks 2 of its 3 tasks" in closed.reason


def test_a_job_that_waits_for_another_one_is_created_without_tasks_that_are_not_known() -> None:
    later = a_job(tasks=None, logical="b", id="j2", after=(PlannedAfter(job="job", on_failed="block"),))
    changes = preview(context(JOB, later))
    assert (changes[-1].name, seen(changes)[-1]) == ("j2", ("create", "job", ()))


def test_a_schedule_is_created_kept_or_of_another_run() -> None:
    schedule = a_job(schedule=EVERY)

    class Schedules(Batch):
        run = "r1"

        def get_job_schedule(self, schedule_id: str) -> ScheduleSnapshot | None:  # type: ignore[override]
            metadata = {labels.RUN: self.run}
            return ScheduleSnapshot(
                id=schedule_id, state="active", next_run_time=None, recent_job=None, metadata=metadata
            )

    assert seen(preview(context(schedule))) == [("create", "job schedule", ())]
    batch = Schedules()
    assert seen(preview(context(schedule, batch=batch))) == [("keep", "job schedule", ())]
    assert kept_jobs(context(schedule, batch=batch), {})[0].reason == "submitted before"
    batch.run = "other"
    assert seen(preview(context(schedule, batch=batch))) == [("conflict", "job schedule", ())]


def test_jobs_that_are_submitted_are_kept_or_gone() -> None:
    changes = kept_jobs(context(batch=with_tasks(2)), {})
    assert seen(changes) == [("keep", "job", ()), ("keep", "task", ("t0", "t1"))]
    (gone,) = kept_jobs(context(), {})
    assert gone.reason == "it is not there any more"
