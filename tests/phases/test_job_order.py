from __future__ import annotations

from plans import a_job

from recipebatch.phases.job_order import Standing, decide
from recipebatch.plan.task_model import PlannedAfter

SECOND = a_job(logical="second", after=(PlannedAfter(job="first", on_failed="block"),))
ANYWAY = a_job(logical="anyway", after=(PlannedAfter(job="first", on_failed="satisfy"),))
THIRD = a_job(logical="third", after=(PlannedAfter(job="second", on_failed="satisfy"),))


def reasons(first: Standing, second: Standing = Standing.ABSENT) -> tuple[list[str], list[str]]:
    found = decide((SECOND, ANYWAY, THIRD), {"first": first, "second": second})
    return [job.logical for job in found.ready], [reason for _, reason in found.waiting]


def test_a_job_waits_until_those_before_it_ended() -> None:
    waiting = ["job second waits for first", "job anyway waits for first", "job third waits for second"]
    assert reasons(Standing.ABSENT) == reasons(Standing.GOING) == ([], waiting)
    assert reasons(Standing.SUCCEEDED) == (["second", "anyway"], ["job third waits for second"])


def test_a_failure_keeps_a_job_from_starting_unless_it_goes_on_anyway() -> None:
    found = decide((SECOND, ANYWAY, THIRD), {"first": Standing.FAILED, "second": Standing.ABSENT})
    assert [job.logical for job in found.ready] == ["anyway"]
    assert [job.logical for job in found.blocked] == ["second", "third"]
    assert [reason for _, reason in found.waiting] == [
        "job second is not submitted: first failed",
        "job third is not submitted: second failed",
    ]
