from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import NOW
from plans import a_job, a_pool_snapshot, a_task

from recipebatch.phases.watch.diagnosis.jobs import JobLook, Rival, job_findings, needs_of
from recipebatch.phases.watch.diagnosis.pools import PoolLook
from recipebatch.properties.job import Schedule
from recipebatch.properties.task import ExitConditions, ExitOptions, MultiInstanceSettings
from recipebatch.report import TaskTotals
from recipebatch.service import JobSnapshot, NodeSnapshot, PreparationSnapshot, ScheduleSnapshot

if TYPE_CHECKING:
    from recipebatch.phases.watch.diagnosis.findings import Finding
    from recipebatch.plan.model import PlannedJob

WAITING = TaskTotals(active=2)


def job(state: str = "active", **more: Any) -> JobSnapshot:
    settings: dict[str, Any] = {
        "pool_id": "p1",
        "all_tasks_complete_mode": "noaction",
        "termination_reason": None,
        "metadata": {},
    }
    return JobSnapshot(id="j1", state=state, **(settings | more))


def pool(*states: str, slots: int = 1, used: int = 0) -> PoolLook:
    nodes = [NodeSnapshot(id=f"n{number}", state=state, used_slots=used) for number, state in enumerate(states)]
    return PoolLook(pool_id="p1", pool=a_pool_snapshot(task_slots_per_node=slots), nodes=nodes, run_option="--run r1")


def look(planned: PlannedJob | None = None, **more: Any) -> JobLook:
    planned = planned or a_job(a_task("a"), a_task("b"))
    settings: dict[str, Any] = {"seen": job(), "totals": WAITING, "pool": pool("idle"), "run_option": "--run r1"}
    return JobLook(job=planned, **(settings | more))


def only(planned: PlannedJob | None = None, **more: Any) -> tuple[str, str]:
    one = first(planned, **more)
    return one.code, one.sentence


def first(planned: PlannedJob | None = None, **more: Any) -> Finding:
    (one,) = job_findings(look(planned, **more))
    return one


def test_nothing_is_found_where_all_tasks_run_or_have_ended() -> None:
    assert job_findings(look(totals=TaskTotals(running=2))) == []
    assert job_findings(look(totals=TaskTotals(succeeded=1, failed=1), seen=job("completed"))) == []
    assert job_findings(look(totals=TaskTotals(active=1, running=1))) == []


def test_a_job_that_is_not_there() -> None:
    none: dict[str, Any] = {"seen": None, "totals": TaskTotals(), "pool": None}
    assert only(**none, submitted=False) == ("not-submitted", "job j1 is not submitted yet")
    assert first(**none, submitted=False).command == "recipebatch submit --run r1"
    assert only(**none) == ("job-missing", "job j1 was submitted, and is gone: someone deleted it")
    assert only(**none, purged=True) == ("purged", "job j1 was deleted by the purge of the run")
    assert only(**none, waits="job b waits for a") == ("after", "job b waits for a")
    said = "job b is not submitted: a failed"
    assert only(**none, waits=said, waits_in_vain=True) == ("after-failed", said)
    assert only(totals=TaskTotals(succeeded=1)) == ("partly-submitted", "1 of 2 tasks of job j1 are submitted")
    assert only(totals=TaskTotals()) == ("not-submitted", "0 of 2 tasks of job j1 are submitted")


def test_a_job_that_is_disabled_says_by_whom() -> None:
    said = "the run was paused by me at 12:00: job j1 is disabled"
    assert only(seen=job("disabled"), paused="paused by me at 12:00") == ("paused", said)
    assert only(seen=job("disabling")) == ("job-disabled", "job j1 is disabling: none of its tasks starts")
    disabling = ExitConditions(default=ExitOptions(job_action="disable"))
    found = first(a_job(a_task("a", exit_conditions=disabling)), seen=job("disabled"))
    assert (found.command, found.evidence[-1]) == (
        "recipebatch unpause --run r1",
        "exit conditions of t disable the job; or another client did",
    )


@pytest.mark.parametrize(
    ("reason", "code", "why"),
    [
        ("MaxWallClockTimeExpiry", "job-ended", "it reached its time limit"),
        ("TaskFailed", "job-ended", "the failure of a task ended it"),
        ("stopped by recipebatch", "stopped", "`recipebatch stop` ended it"),
        ("mine", "job-ended", "termination reason mine"),
        (None, "job-ended", "the service gives no reason"),
    ],
)
def test_a_job_that_ended_before_its_tasks_says_why(reason: str | None, code: str, why: str) -> None:
    ended = job("completed", termination_reason=reason)
    assert only(seen=ended) == (code, f"job j1 has ended before 2 of its tasks: {why}")


def test_tasks_that_can_never_start_name_the_failure() -> None:
    found = first(totals=TaskTotals(active=1, failed=1), blocked={"b": "a"})
    assert (found.code, found.sentence) == ("blocked", "job j1: 1 task cannot start: it depends on a, which failed")
    assert (found.command, found.partial) == ("recipebatch why --run r1 a", False)
    both = job_findings(look(totals=TaskTotals(active=2), blocked={"b": "x"}, waiting=("a",)))
    assert [(each.code, each.partial) for each in both] == [("blocked", True), ("soon", False)]


def test_the_preparation_failed_or_runs() -> None:
    failed = PreparationSnapshot(
        pool_id="p1", node_id="n1", folder="f", exit_code=3, failed=True, failure=("FailureExitCode", "it failed")
    )
    running = PreparationSnapshot(pool_id="p1", node_id="n1", folder="f", exit_code=None, failed=False, running=True)
    (found, soon) = job_findings(look(preparations=[failed], pool=pool("running", "idle", "idle")))
    said = "the job preparation task failed on 1 node, n1 first with exit code 3"
    assert (found.code, found.sentence) == ("preparation-failed", said)
    assert (soon.code, soon.sentence) == ("soon", "1 node of pool p1 can take tasks: they start soon")
    failed_on_all = [failed, replace(failed, node_id="n0")]
    assert [each.code for each in job_findings(look(preparations=failed_on_all))] == ["preparation-failed"]
    assert found.evidence == ("node n1: exit code 3; it failed (FailureExitCode)",)
    runs = job_findings(look(preparations=[running]))[0]
    assert (runs.code, runs.sentence) == ("preparation-running", "the job preparation task of job j1 runs on 1 node")


def test_a_task_that_needs_more_slots_than_a_node_has_or_has_free() -> None:
    large = a_job(a_task("a", required_slots=4))
    waits: dict[str, Any] = {"waiting": ("a",), "totals": TaskTotals(active=1)}
    said = "task a needs 4 task slots; a node of p1 has 2"
    assert only(large, **waits, pool=pool("idle", slots=2)) == ("slots", said)
    said = "task a needs 4 free task slots on one node, and no node of pool p1 has more than 3 free"
    assert only(large, **waits, pool=pool("running", slots=4, used=1)) == ("slots", said)
    found = first(
        large, **waits, pool=pool("running", slots=4, used=1), rivals=[Rival(job_id="x", priority=0, running=1)]
    )
    assert found.code == "pool-busy"


def test_a_multi_instance_task_waits_for_idle_nodes() -> None:
    wide = a_job(a_task("a", multi_instance_settings=MultiInstanceSettings(number_of_instances=3)))
    waits: dict[str, Any] = {"waiting": ("a",), "totals": TaskTotals(active=1)}
    said = "task a waits for 3 nodes that are idle at once; pool p1 has 3 nodes, 2 idle"
    assert only(wide, **waits, pool=pool("idle", "idle", "running")) == ("instances", said)
    assert first(wide, **waits, pool=pool("idle")).command == "recipebatch provision --run r1"
    assert only(wide, **waits, pool=pool("idle", "idle", "idle"))[0] == "soon"


def test_tasks_of_other_jobs_occupy_the_pool() -> None:
    rivals = [Rival(job_id="x", priority=0, running=1), Rival(job_id="y", priority=100, running=3)]
    found = first(rivals=rivals, pool=pool("running"))
    said = "4 tasks of job y and 1 more occupy pool p1, with priority 100 above 0 of job j1"
    assert (found.code, found.sentence) == ("priority", said)
    assert found.steps[-1] == "or raise it: az batch job set --job-id j1 --priority 101"
    assert only(rivals=rivals[:1], pool=pool("running")) == ("pool-busy", "1 task of job x occupies pool p1")


def test_tasks_that_start_soon_or_at_the_jobs_own_limit() -> None:
    assert only() == ("soon", "1 node of pool p1 can take tasks: they start soon")
    (limited,) = needs_of(look(seen=job(max_parallel_tasks=1), totals=TaskTotals(active=1, running=1)))
    said = "job j1 runs at most 1 task at once (`max_parallel_tasks`)"
    assert (limited.code, limited.sentence) == ("parallel-limit", said)


def test_what_its_pool_says_is_found_too() -> None:
    assert only(pool=pool("unusable"))[0] == "nodes-unusable"
    assert only(pool=None, totals=TaskTotals(active=2, running=0), seen=job("completed"))[0] == "job-ended"


def test_a_schedule_that_makes_no_job_now() -> None:
    planned = a_job(schedule=Schedule(recurrence_interval=timedelta(hours=1)))

    def said(state: str | None, **more: Any) -> tuple[str, str]:
        schedule = None
        if state is not None:
            schedule = ScheduleSnapshot(id="j1", state=state, next_run_time=NOW, recent_job=None, metadata={})
        return only(planned, **({"seen": None, "totals": TaskTotals(), "schedule": schedule} | more))

    assert said("active") == ("schedule-not-due", "job schedule j1 makes its next job at 2026-01-02 03:04 UTC")
    assert said("active", seen=job("completed"))[0] == "schedule-not-due"
    assert said("disabled") == ("schedule-disabled", "job schedule j1 is disabled: it makes no job")
    assert said("completed") == ("schedule-ended", "job schedule j1 is completed: it makes no job any more")
    assert said(None, submitted=False) == ("not-submitted", "job schedule j1 is not submitted yet")
    assert said("active", seen=job(), totals=TaskTotals(active=1), pool=pool("unusable"))[0] == "nodes-unusable"


def test_a_job_in_one_line() -> None:
    assert look().text() == "job j1: active; 2 active"
    assert look(totals=TaskTotals(succeeded=1000, failed=1)).text() == "job j1: active; 1,000 succeeded, 1 failed"
    assert look(totals=TaskTotals()).text() == "job j1: active; no tasks"
