from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import NOW, RECORD
from plans import a_job, a_pool_snapshot, a_task

from recipebatch.phases.watch.diagnosis.jobs import JobLook
from recipebatch.phases.watch.diagnosis.pools import PoolLook
from recipebatch.phases.watch.diagnosis.runs import Diagnosis, RunLook, diagnose_run
from recipebatch.report import FailedTask, TaskTotals
from recipebatch.service import JobSnapshot, NodeSnapshot

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord

QUOTA = (("AccountCoreQuotaReached", "no cores left"),)


def job(totals: TaskTotals, **more: Any) -> JobLook:
    settings: dict[str, Any] = {"pool_id": "p1", "all_tasks_complete_mode": "noaction", "termination_reason": None}
    seen = JobSnapshot(id="j1", state="active", metadata={}, **settings)
    look: dict[str, Any] = {"job": a_job(a_task("a")), "seen": seen, "totals": totals, "pool": pool("idle")}
    return JobLook(**(look | more))


def pool(*states: str, **more: Any) -> PoolLook:
    nodes = [NodeSnapshot(id=f"n{number}", state=state) for number, state in enumerate(states)]
    return PoolLook(pool_id="p1", pool=a_pool_snapshot(**more), nodes=nodes, run_option="--run r1")


def failed(task: str = "a", **more: Any) -> FailedTask:
    settings: dict[str, Any] = {
        "job_id": "j1",
        "task_id": task,
        "exit_code": 3,
        "code": "FailureExitCode",
        "message": "it failed",
    }
    return FailedTask(**(settings | more))


def why(*jobs: JobLook, record: RunRecord = RECORD, **more: Any) -> Diagnosis:
    return diagnose_run(RunLook(record=record, run_option="--run r1", jobs=jobs, **more), NOW)


def codes(found: Diagnosis) -> list[str]:
    return [str(each.code) for each in found.findings]


@pytest.mark.parametrize(
    ("totals", "verdict"),
    [
        (TaskTotals(active=1), "no task is running"),
        (TaskTotals(running=1), "1 task is running"),
        (TaskTotals(running=1000), "1,000 tasks are running"),
        (TaskTotals(succeeded=1), "its task has succeeded"),
        (TaskTotals(succeeded=2), "all 2 tasks have succeeded"),
        (TaskTotals(succeeded=2, failed=1), "all 3 tasks have ended, 1 failed"),
    ],
)
def test_the_verdict_counts_the_tasks(totals: TaskTotals, verdict: str) -> None:
    assert why(job(totals)).verdict == verdict


def test_all_of_it_in_one_line() -> None:
    found = why(job(TaskTotals(active=1)))
    assert found.sentence == "no task is running: 1 node of pool p1 can take tasks: they start soon"
    assert why(job(TaskTotals(running=1))).sentence == "1 task is running"
    assert found.facts == (
        "run: created, verdict unknown; no command works on it",
        "job j1: active; 1 active",
        "pool p1: active, steady, 1 node (1 idle)",
    )


def test_a_pool_that_failed_says_it_and_not_what_follows_from_it() -> None:
    record = RECORD.with_phase("provision", "failed", NOW, "pool p1: the service could not allocate its nodes")
    absent = job(TaskTotals(), seen=None, pool=None, submitted=False)
    assert codes(why(absent, record=record, pools=[pool(resize_errors=QUOTA)])) == ["quota"]
    found = why(absent, record=record, pools=[pool("idle")])
    assert codes(found) == ["phase-failed"]
    assert found.findings[0].sentence == "provision failed: pool p1: the service could not allocate its nodes"
    assert found.findings[0].steps == ("remove the cause, then: recipebatch provision --run r1",)
    assert codes(why(absent)) == ["not-submitted"]


@pytest.mark.parametrize(
    ("phase", "code", "expected"),
    [
        ("submit", "ActiveJobAndScheduleQuotaReached", "job-quota"),
        ("provision", "PoolQuotaReached", "pool-quota"),
    ],
)
def test_a_quota_of_jobs_or_pools_is_recognized_in_what_a_phase_said(phase: str, code: str, expected: str) -> None:
    record = RECORD.with_phase(phase, "failed", NOW, f"creating x: quota reached ({code})")
    found = why(job(TaskTotals(), seen=None, pool=None, submitted=False), record=record)
    assert codes(found) == [expected]
    assert found.findings[0].command == "recipebatch status --all"


def test_failures_of_one_kind_are_one_finding() -> None:
    failures = [failed(), failed("b"), failed("c", exit_code=4)]
    found = why(job(TaskTotals(failed=3)), failures=failures)
    assert [each.sentence for each in found.findings] == [
        "task a failed: exit code 3, it failed (FailureExitCode); 1 more task like it",
        "task c failed: exit code 4, it failed (FailureExitCode)",
    ]
    assert found.findings[0].command == "recipebatch why --run r1 a"
    waiting = why(job(TaskTotals(active=1, failed=3)), failures=failures[:1])
    assert [(each.code, each.partial) for each in waiting.findings] == [("soon", False), ("exit-code", True)]


def test_a_run_that_was_stopped() -> None:
    record = replace(RECORD, stopped={"by": "me", "at": "2026-01-02T03:04:05"})
    found = why(job(TaskTotals(active=1)), record=record)
    assert found.findings[0].sentence == "the run was stopped by me at 2026-01-02 03:04:05 UTC"


def test_a_run_that_was_purged_is_told_from_its_record() -> None:
    record = replace(RECORD.with_phase("purge", "done", NOW), verdict="failed", ended=True)
    found = why(record=record, failures=[failed(stderr="no such file")], failed_total=1)
    assert (found.verdict, codes(found)) == ("purged, verdict failed, 1 failure", ["purged", "exit-code"])
    assert found.findings[0].steps == ("start it once more: recipebatch apply /recipes/r.yaml --new",)
