from __future__ import annotations

import json
from dataclasses import replace

import pytest

from recipebatch.errors import InvalidRecipeError, Problem, ServiceError, SourcePosition
from recipebatch.report import FailedTask, PhaseReport, RunReport, StepReport, TaskTotals, Verdict
from recipebatch.report.as_json import error_report, run_report

FAILED = FailedTask(job_id="j", task_id="t", exit_code=1, code="FailureExitCode", message="m")


def watched(**totals: int) -> PhaseReport:
    return PhaseReport(phase="watch", summary="", totals=TaskTotals(**totals))


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (PhaseReport(phase="stage", summary=""), Verdict.UNKNOWN),
        (watched(succeeded=2), Verdict.SUCCEEDED),
        (watched(succeeded=1, failed=1), Verdict.FAILED),
        (watched(succeeded=1, active=1), Verdict.FAILED),
        (watched(succeeded=1, running=1), Verdict.FAILED),
        (
            PhaseReport(phase="watch", summary="", totals=TaskTotals(succeeded=1), failed_tasks=(FAILED,)),
            Verdict.FAILED,
        ),
    ],
)
def test_the_verdict_is_success_only_when_every_task_succeeded(report: PhaseReport, verdict: Verdict) -> None:
    assert report.verdict is verdict


def test_the_verdict_of_a_run_is_that_of_the_phase_that_saw_the_tasks_end() -> None:
    phases = (watched(failed=1), PhaseReport(phase="collect", summary=""))
    assert RunReport(run_id="r", recipe="x", account="local", phases=phases).exit_code == 1
    assert RunReport(run_id="r", recipe="x", account="local").exit_code == 0
    assert RunReport(run_id="r", recipe="x", account="local", recorded=Verdict.FAILED).exit_code == 1


def test_a_run_report_is_versioned_json() -> None:
    step = StepReport(action="added", kind="task", name="j", count=3)
    phases = (PhaseReport(phase="submit", summary="3 tasks added", steps=(step,)),)
    body = json.loads(json.dumps(run_report("apply", RunReport(run_id="r", recipe="x", account="a", phases=phases))))
    assert (body["version"], body["kind"], body["run"], body["verdict"]) == (1, "apply", "r", "unknown")
    assert body["phases"][0]["steps"][0]["count"] == 3


def test_an_error_report_holds_all_problems_of_a_recipe() -> None:
    problems = tuple(Problem(SourcePosition("f", line, 1), f"p{line}", hint="h") for line in (1, 2))
    body = error_report(InvalidRecipeError(problems))
    assert [problem["message"] for problem in body["error"]["problems"]] == ["p1", "p2"]
    assert body["exit_code"] == 3


def test_an_error_report_holds_what_is_still_there() -> None:
    error = ServiceError("no")
    error.add_note("remaining: pool p")
    assert error_report(error)["error"]["notes"] == ["remaining: pool p"]


def test_without_a_verdict_a_command_that_was_to_bring_tasks_to_their_end_has_failed() -> None:
    report = RunReport(run_id="r", recipe="r", account="local")
    assert report.exit_code == 0
    assert replace(report, to_the_end=True).exit_code == 1
    assert replace(report, to_the_end=True, recorded=Verdict.SUCCEEDED).exit_code == 0


def test_jobs_that_are_left_to_submit_are_no_success_and_no_failure() -> None:
    report = RunReport(run_id="r", recipe="r", account="local", to_the_end=True, to_submit=("look",))
    assert report.exit_code == 10
    assert replace(report, recorded=Verdict.FAILED).exit_code == 1


def test_outputs_that_are_gone_fail_a_run_whose_tasks_succeeded() -> None:
    report = PhaseReport(phase="watch", summary="", totals=TaskTotals(succeeded=1))
    assert report.verdict is Verdict.SUCCEEDED
    assert replace(report, missing_outputs=("a in out",)).verdict is Verdict.FAILED


def test_a_run_that_was_stopped_has_not_failed_unless_an_output_is_gone() -> None:
    report = PhaseReport(phase="watch", summary="", totals=TaskTotals(succeeded=1, failed=1, active=1), stopped=True)
    assert report.verdict is Verdict.STOPPED
    assert replace(report, totals=TaskTotals(succeeded=3)).verdict is Verdict.SUCCEEDED
    assert replace(report, missing_outputs=("a in out",)).verdict is Verdict.FAILED
    lost = FailedTask(job_id="j", task_id="t", exit_code=0, code="OutputMissing", message="", cause="output_missing")
    assert replace(report, failed_tasks=(lost,)).verdict is Verdict.FAILED


def test_a_run_that_was_stopped_is_a_success_only_of_the_command_that_stopped_it() -> None:
    report = RunReport(run_id="r", recipe="r", account="local", recorded=Verdict.STOPPED)
    assert report.exit_code == 6
    assert replace(report, was_to_stop=True).exit_code == 0
    assert replace(report, was_to_stop=True, recorded=Verdict.FAILED).exit_code == 1
