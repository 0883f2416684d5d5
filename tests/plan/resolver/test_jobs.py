"""How long the jobs of a schedule can use the containers of their run."""

from datetime import timedelta
from typing import Any

PlanOf = Any
ADDED = timedelta(hours=1, minutes=15)
"""The resize timeout of the pool and a margin."""


def recipe(schedule: str, *, limit: str = "1h", more: str = "") -> str:
    return (
        "storage: {input: {}}\njob:\n  job_manager_task: {commands: [echo]}\n"
        f"  constraints: {{max_wall_clock_time: {limit}}}\n  schedule: {{recurrence_interval: 1d{schedule}}}\n{more}"
    )


def test_access_lives_until_the_last_job_of_the_schedule_has_ended(plan_of: PlanOf) -> None:
    plan = plan_of(recipe(", do_not_run_after: '2026-01-04T12:00:00Z'"))
    assert plan.run_limit == timedelta(days=3, hours=1) + ADDED
    assert plan.warnings == ()


def test_a_schedule_that_ended_before_the_run_began_adds_nothing(plan_of: PlanOf) -> None:
    plan = plan_of(recipe(", do_not_run_after: '2025-01-04T12:00:00Z'"))
    assert plan.run_limit == timedelta(hours=1) + ADDED


def test_the_limit_of_one_job_is_not_that_of_a_schedule_without_end(plan_of: PlanOf) -> None:
    plan = plan_of(recipe(""))
    assert plan.run_limit == timedelta(days=1) + ADDED
    (warning,) = plan.warnings
    assert warning == (
        f"the jobs of the schedule {plan.jobs[0].id} have no end, but can use the containers for 1 day"
        " only: write do_not_run_after, or `watch: {timeout: …}`"
    )


def test_watch_says_how_long_the_jobs_of_a_schedule_without_end_have_access(plan_of: PlanOf) -> None:
    plan = plan_of(recipe("", more="watch: {timeout: 6d}\n"))
    assert plan.run_limit == timedelta(days=6) + ADDED
    assert plan.warnings == ()
