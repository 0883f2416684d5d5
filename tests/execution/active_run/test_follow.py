from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from in_memory_run import NOW, RECORD, Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import WaitTimeoutError
from recipebatch.execution.active_run import follow_run
from recipebatch.phases import PhaseOptions
from recipebatch.plan.model import PlannedAfter
from recipebatch.properties.task import RetryRule
from recipebatch.report import Verdict
from recipebatch.vocabulary.ids import JobId

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedJob

OPTIONS = PhaseOptions()
READY = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
RULE = RetryRule(causes=("exit_code",), exit_codes=(), limit=1)
FIRST = a_job(a_task("a", retry=RULE), logical="first", id=JobId("j1"))


def later(name: str, after: str) -> PlannedJob:
    waits = (PlannedAfter(job=after, on_failed="block"),)
    return a_job(a_task(f"{name}-task"), logical=name, id=JobId(f"j-{name}"), after=waits)


def test_jobs_are_submitted_one_after_the_other_until_all_have_ended() -> None:
    jobs = (FIRST, later("second", "first"), later("third", "second"))
    world = World(plan=replace(a_plan(pools=(a_pool(existing=True),)), jobs=jobs), record=READY)
    run = world.run()
    run.submit(OPTIONS)
    phases = [report.phase for report in follow_run(run, OPTIONS)]
    assert phases == ["watch", "submit", "watch", "submit", "watch"]
    assert set(world.batch.jobs) == {"j1", "j-second", "j-third"}
    assert run.verdict is Verdict.SUCCEEDED
    assert world.records.kept.state_of("watch") == "done"


def test_a_failure_ends_it_with_the_jobs_that_never_start() -> None:
    job = a_job(a_task("a"), logical="first", id=JobId("j1"))
    plan = replace(a_plan(pools=(a_pool(existing=True),)), jobs=(job, later("second", "first")))
    world = World(plan=plan, record=READY, batch=Batch(exit_codes={"a": 1}))
    run = world.run()
    run.submit(OPTIONS)
    reports = list(follow_run(run, OPTIONS))
    assert [report.phase for report in reports] == ["watch", "submit", "watch"]
    assert reports[-1].notes == ("job second is not submitted: first failed",)
    assert run.verdict is Verdict.FAILED


def test_a_task_is_retried_as_often_as_the_recipe_says() -> None:
    world = World(
        plan=a_plan(pools=(a_pool(existing=True),), jobs=(FIRST,)), record=READY, batch=Batch(exit_codes={"a": 1})
    )
    run = world.run()
    run.submit(OPTIONS)
    phases = [report.phase for report in follow_run(run, OPTIONS)]
    assert phases == ["watch", "retry", "submit", "watch"]
    assert set(world.batch.jobs) == {"j1", "j1-retry1"}
    assert run.verdict is Verdict.FAILED


def test_the_limit_is_for_all_of_it() -> None:
    world = World(plan=a_plan(pools=(a_pool(existing=True),), jobs=(FIRST,)), record=READY)
    run = world.run()
    run.submit(OPTIONS)
    # The job never gets its tasks: it stays active and empty.
    world.batch.jobs["j1"].clear()
    world.batch.ending.clear()
    with pytest.raises(WaitTimeoutError, match=r"the limit is 10 s.*no task is running") as raised:
        list(follow_run(run, PhaseOptions(timeout=timedelta(seconds=10))))
    assert raised.value.hint == "the tasks stay in their job: watch again, or purge to end them"
    assert world.records.kept.state_of("watch") == "failed"
