from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from plans import a_job, a_task

from recipebatch.execution.active_run.job_order import JobProgress, decide, job_progress, why_unfinished
from recipebatch.plan.model import PlannedAfter
from recipebatch.report.model import RunReport, TaskTotals

if TYPE_CHECKING:
    from datetime import datetime

SECOND = a_job(logical="second", after=(PlannedAfter(job="first", on_failed="block"),))
ANYWAY = a_job(logical="anyway", after=(PlannedAfter(job="first", on_failed="satisfy"),))
THIRD = a_job(logical="third", after=(PlannedAfter(job="second", on_failed="satisfy"),))


def reasons(first: JobProgress, second: JobProgress = JobProgress.ABSENT) -> tuple[list[str], list[str]]:
    found = decide((SECOND, ANYWAY, THIRD), {"first": first, "second": second})
    return [job.logical for job in found.ready], [reason for _, reason in found.waiting]


def test_a_job_waits_until_those_before_it_ended() -> None:
    waiting = ["job second waits for first", "job anyway waits for first", "job third waits for second"]
    assert reasons(JobProgress.ABSENT) == reasons(JobProgress.UNFINISHED) == ([], waiting)
    assert reasons(JobProgress.SUCCEEDED) == (["second", "anyway"], ["job third waits for second"])


def test_a_failure_keeps_a_job_from_starting_unless_it_goes_on_anyway() -> None:
    found = decide((SECOND, ANYWAY, THIRD), {"first": JobProgress.FAILED, "second": JobProgress.ABSENT})
    assert [job.logical for job in found.ready] == ["anyway"]
    assert [job.logical for job in found.blocked] == ["second", "third"]
    assert [reason for _, reason in found.waiting] == [
        "job second is not submitted: first failed",
        "job third is not submitted: second failed",
    ]


def test_a_task_that_never_ran_and_was_not_tried_again_keeps_its_job_from_success() -> None:
    tasks = [SimpleNamespace(id="a", state="completed"), SimpleNamespace(id="b", state="active")]

    class Batch:
        def get_job(self, _job: str) -> SimpleNamespace:
            return SimpleNamespace(state="completed")

        def task_totals(self, _job: str) -> TaskTotals:
            return TaskTotals(active=1, running=0, succeeded=0, failed=1)

        def list_tasks(self, _job: str, failed_since: datetime | None = None) -> list[SimpleNamespace]:
            return tasks if failed_since is None else tasks[:1]

    context: Any = SimpleNamespace(batch=Batch())
    both = (a_task("a"), a_task("b"))
    assert job_progress(a_job(*both, superseded=frozenset({"a"})), context) is JobProgress.FAILED
    assert job_progress(a_job(*both, superseded=frozenset({"a", "b"})), context) is JobProgress.SUCCEEDED


def test_a_run_without_a_verdict_says_what_gives_it_one() -> None:
    report = RunReport(run_id="r1", recipe="r", account="work", to_the_end=True)
    assert why_unfinished(report).startswith("run r1: no command saw how its tasks ended")
    one = "recipebatch submit --run r1 --account work && recipebatch watch --run r1 --account work"
    said = why_unfinished(replace(report, to_submit=("look",)))
    assert said == f"run r1 is not finished: job look is not submitted yet; go on with {one}"
    several = why_unfinished(replace(report, account="local", to_submit=("look", "sum")))
    assert "2 jobs are not submitted yet; go on with recipebatch submit --run r1 && " in several
