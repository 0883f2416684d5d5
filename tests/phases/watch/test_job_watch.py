"""One job while it is watched."""

from __future__ import annotations

from dataclasses import replace

from in_memory_pools import Notes
from in_memory_run import Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.phases.watch.job_watch import JobWatch
from recipebatch.report import TaskCounts, TaskFailed, TaskTotals


def watched(*, failing: str) -> tuple[JobWatch, Notes]:
    job = a_job(replace(a_task("a"), template="count", item="item 1"), a_task("b"))
    plan = a_plan(pools=(a_pool(),), containers=(), jobs=(job,))
    batch = Batch(exit_codes={failing: 4})
    batch.create_job(job)
    batch.add_tasks(job.id, job.tasks or ())
    notes = Notes()
    return JobWatch(job, replace(World(plan=plan, batch=batch).context(plan), progress=notes)), notes


def test_a_look_tells_the_counts_and_each_failure_once() -> None:
    watch, notes = watched(failing="a")
    seen, totals = watch.look()
    watch.look()
    assert (seen.id, totals) == ("j1", TaskTotals(succeeded=1, failed=1))
    failures = [event for event in notes.events if isinstance(event, TaskFailed)]
    assert [(each.failure.task_id, each.template, each.failure.item) for each in failures] == [("a", "count", "item 1")]
    counts = [event for event in notes.events if isinstance(event, TaskCounts)]
    assert [(each.job_id, each.job, each.planned, each.totals) for each in counts] == 2 * [("j1", "job", 2, totals)]
    assert {each.name: each.totals for each in counts[0].templates} == {
        "count": TaskTotals(failed=1),
        "t": TaskTotals(succeeded=1),
    }


def test_a_task_that_the_plan_does_not_have_is_of_no_template_and_item() -> None:
    watch, _ = watched(failing="b")
    assert (watch.template_of("a"), watch.item_of("a")) == ("count", "item 1")
    assert (watch.template_of("x"), watch.item_of("x")) == ("", "")
