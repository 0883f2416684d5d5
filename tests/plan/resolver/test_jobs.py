"""How long the jobs of a schedule can use the containers of their run."""

from datetime import timedelta
from typing import Any

import pytest
from plan.planned_tasks import refusals

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


LONG = "constraints: {max_wall_clock_time: 3650d}"
SCHEDULED = (
    "purge: never\njob: {job_manager_task: {command_line: a}, constraints: {max_wall_clock_time: 1h}, schedule: {%s}}"
)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (
            "do_not_run_until: '2030-01-02T00:00:00Z', do_not_run_after: '2030-01-01T00:00:00Z'",
            (
                "do_not_run_after (2030-01-01 00:00 UTC) is not later than do_not_run_until (2030-01-02 00:00 UTC)"
                " | write a later time, or swap the two"
            ),
        ),
        (
            "do_not_run_after: '2026-01-01T12:00:00Z'",
            "do_not_run_after (2026-01-01 12:00 UTC) is past | write a later time",
        ),
    ],
)
def test_a_schedule_that_would_make_no_job_is_refused(plan_of: PlanOf, times: str, expected: str) -> None:
    (found,) = refusals(plan_of, SCHEDULED % times)
    assert found.partition("[invalid-time] ")[2] == expected
    column = SCHEDULED.index("%s") - SCHEDULED.index("job:") + times.rindex("do_not_run_after") + 19
    assert found.startswith(f"5:{column} ")


def test_a_schedule_that_may_begin_in_the_past_is_accepted(plan_of: PlanOf) -> None:
    """So does the service: it makes the first job at once. A window above the interval is no window to it."""
    times = "do_not_run_until: '2020-01-01T00:00:00Z', do_not_run_after: '2026-01-01T12:00:01Z'"
    assert refusals(plan_of, SCHEDULED % times) == []
    assert refusals(plan_of, SCHEDULED % "recurrence_interval: 1h, start_window: 2h") == []


def test_a_run_beyond_the_calendar_is_refused_at_what_makes_it_so_long(plan_of: PlanOf) -> None:
    (found,) = refusals(plan_of, SCHEDULED % "do_not_run_after: '9999-12-31T00:00:00Z'")
    assert "[invalid-duration] the run may last 2912" in found
    assert found.startswith("5:113 ")
    jobs = ", ".join(
        f"j{number}: {{after: j{number - 1}, {LONG}, tasks: [{{command_line: a}}]}}" for number in range(1, 11)
    )
    (found,) = refusals(plan_of, f"jobs: {{j0: {{tasks: [{{command_line: a}}]}}, {jobs}}}")
    assert "the run may last 36501 days; at most 36500 days are allowed" in found
