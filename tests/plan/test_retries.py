from __future__ import annotations

from datetime import UTC, datetime

from plans import a_job, a_plan, a_task

from recipebatch.plan import Retry, with_retries
from recipebatch.plan.model import PlannedDependencies
from recipebatch.plan.retries import retry_job_id

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_a_retry_stands_in_a_job_of_its_own_and_supersedes_the_tasks_it_repeats() -> None:
    plan = a_plan(jobs=(a_job(a_task("a"), a_task("b"), a_task("c")),))
    first = Retry(job="job", number=1, tasks=("a", "c"))
    second = Retry(job="job", number=2, tasks=("c",))
    origin, one, two = with_retries(plan, [first, second]).jobs
    assert [sorted(job.superseded) for job in (origin, one, two)] == [["a", "c"], ["c"], []]
    assert [(job.id, job.logical, job.retry_of) for job in (one, two)] == [
        ("j1-retry1", "job-retry1", "job"),
        ("j1-retry2", "job-retry2", "job"),
    ]
    assert [task.id for task in one.tasks or ()] == ["a", "c"]


def test_tasks_that_run_again_in_their_own_job_change_no_plan() -> None:
    plan = a_plan(jobs=(a_job(a_task("a")),))
    assert with_retries(plan, [Retry(job="job", number=1, tasks=("a",), failed_by=NOW)]) == plan


def test_a_task_waits_only_for_those_that_are_tried_again_with_it() -> None:
    waits = PlannedDependencies(task_ids=("a", "b"), task_id_ranges=((1, 9),))
    tasks = [*(a_task(str(number)) for number in range(1, 10)), a_task("a"), a_task("b")]
    plan = a_plan(jobs=(a_job(*tasks, a_task("last", depends_on=waits), a_task("free", depends_on=waits)),))
    entry = Retry(job="job", number=1, tasks=("b", "2", "3", "4", "7", "last"))
    last = (with_retries(plan, [entry]).jobs[1].tasks or ())[-1]
    assert last.depends_on == PlannedDependencies(task_ids=("b",), task_id_ranges=((2, 4), (7, 7)))
    alone = Retry(job="job", number=1, tasks=("last",))
    assert (with_retries(plan, [alone]).jobs[1].tasks or ())[0].depends_on is None


def test_the_id_of_a_retrys_job_is_legal_and_keeps_long_ids_apart() -> None:
    long = [retry_job_id("x" * 60 + end, 12) for end in ("aaaa", "bbbb")]
    assert [len(name) for name in long] == [64, 64]
    assert long[0] != long[1]


def test_a_recorded_retry_is_read_back() -> None:
    for entry in (Retry(job="j", number=1, tasks=("a",)), Retry(job="j", number=2, tasks=("a",), failed_by=NOW)):
        assert Retry.from_json({**entry.to_json(), "at": "2026"}) == entry
