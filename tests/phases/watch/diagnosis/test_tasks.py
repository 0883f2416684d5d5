from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from in_memory_run import NOW
from plans import a_job, a_pool_snapshot, a_task, a_task_snapshot

from recipebatch.phases.watch.diagnosis.jobs import JobLook
from recipebatch.phases.watch.diagnosis.pools import PoolLook
from recipebatch.phases.watch.diagnosis.tasks import (
    TaskLook,
    access_ends,
    dependency_chain,
    failure_finding,
    task_findings,
)
from recipebatch.plan.model import PlannedDependencies
from recipebatch.properties.task import TaskConstraints
from recipebatch.report import FailedTask, TaskTotals
from recipebatch.service import JobSnapshot, NodeSnapshot

PLANNED = a_job(
    a_task("a"),
    a_task("b", depends_on=PlannedDependencies(task_ids=("a",))),
    a_task("c", depends_on=PlannedDependencies(task_ids=("b",))),
    uses_task_dependencies=True,
)
SEEN = JobSnapshot(
    id="j1", state="active", pool_id="p1", all_tasks_complete_mode="noaction", termination_reason=None, metadata={}
)


def failed(**more: Any) -> FailedTask:
    settings: dict[str, Any] = {
        "job_id": "j1",
        "task_id": "a",
        "exit_code": 3,
        "code": "FailureExitCode",
        "message": "it failed",
    }
    return FailedTask(**(settings | more))


def waiting(name: str) -> Any:
    return a_task_snapshot(id=name, state="active", exit_code=None, result=None, node_id=None, started=False)


def look(name: str, seen: Any, **more: Any) -> TaskLook:
    nodes = [NodeSnapshot(id="n1", state="idle")]
    job = JobLook(
        job=PLANNED,
        seen=SEEN,
        totals=TaskTotals(active=1, succeeded=2),
        pool=PoolLook(pool_id="p1", pool=a_pool_snapshot(), nodes=nodes, run_option="--run r1"),
        run_option="--run r1",
        blocked=more.pop("blocked", {}),
    )
    planned = {str(task.id): task for task in PLANNED.tasks or ()}
    return TaskLook(**({"task_id": name, "job": job, "planned": planned.get(name), "seen": seen} | more))


def only(name: str, seen: Any, **more: Any) -> tuple[str, str]:
    (one,) = task_findings(look(name, seen, **more))
    return one.code, one.sentence


def test_a_task_that_runs_or_has_succeeded() -> None:
    assert only("a", a_task_snapshot(id="a", ran_for=timedelta(minutes=2))) == (
        "succeeded",
        "task a succeeded in 2 minutes on node n1",
    )
    running = a_task_snapshot(id="a", state="running", began=NOW)
    assert only("a", running) == ("running", "task a runs on node n1 since 2026-01-02 03:04:05 UTC")
    assert only("a", a_task_snapshot(id="a", state="preparing"))[1] == "task a is preparing on node n1"


def test_a_task_whose_outputs_are_missing() -> None:
    found = only("a", a_task_snapshot(id="a"), missing=["x.txt of out"])
    assert found == ("output-missing", "task a succeeded, and one of its outputs is missing")


def test_a_task_waits_for_those_it_depends_on() -> None:
    (one,) = task_findings(look("b", waiting("b"), states={"a": a_task_snapshot(id="a", state="running")}))
    said = "task b waits for 1 of 1 tasks that it depends on: 1 running"
    assert (one.code, one.sentence, one.command) == ("dependencies", said, "recipebatch why --run r1 a")
    assert only("b", waiting("b"), states={})[1].endswith("1 not submitted")
    assert only("b", waiting("b"), states={"a": a_task_snapshot(id="a")})[0] == "soon"


def test_a_blocked_task_shows_the_chain_to_the_first_failure_and_its_cause() -> None:
    blocked = look("c", waiting("c"), blocked={"b": "a", "c": "a"}, first=failed(stderr="no such file"))
    assert dependency_chain(blocked) == ["c", "b", "a"]
    (one,) = task_findings(blocked)
    assert one.sentence == "task c cannot start: it depends on a, which failed"
    assert one.evidence[:2] == ("a ← b ← c", "task a failed: exit code 3, it failed (FailureExitCode)")
    assert "| no such file" in one.evidence[-1]
    assert one.command == "recipebatch logs --run r1 --task a --file stderr.txt"


def test_a_task_that_was_requeued_says_so_with_what_its_pool_says() -> None:
    seen = a_task_snapshot(id="a", state="active", exit_code=None, result=None, requeued=True)
    (one,) = task_findings(look("a", seen))
    assert (one.code, one.evidence[0][:26]) == ("soon", "it ran before, and waits a")


def test_a_task_of_a_job_that_runs_others_waits_for_its_turn() -> None:
    found = look("a", waiting("a"))
    object.__setattr__(found.job, "totals", TaskTotals(active=1, running=2))
    (one,) = task_findings(found)
    assert (one.code, one.sentence) == ("soon", "task a waits for its turn: other tasks of job j1 run")


def test_a_task_that_is_not_there() -> None:
    assert only("a", None)[0] == "soon"
    found = look("x", None)
    object.__setattr__(found.job, "totals", TaskTotals(succeeded=3))
    assert task_findings(found)[0].sentence == "job j1 has no task x any more"


@pytest.mark.parametrize(
    ("cause", "code", "expected", "step"),
    [
        ("exit_code", "FailureExitCode", "exit-code", "logs"),
        ("upload_failed", "FileUploadContainerNotFound", "upload-failed", "logs"),
        ("resource_file", "BlobNotFound", "resource-file", ""),
        ("wall_clock", "TaskEnded", "wall-clock", "logs"),
        ("terminated", "TaskEnded", "terminated", "retry"),
        ("command", "CommandProgramNotFound", "command", ""),
        ("container", "ContainerInvalidImage", "image", ""),
        ("node", "DiskFull", "node", "retry"),
        ("preempted", "", "preempted", "retry"),
        ("start_task", "", "start-task-failed", "logs"),
        ("output_missing", "OutputMissing", "output-missing", "logs"),
        ("never_started", "TaskEnded", "never-started", "retry"),
    ],
)
def test_every_cause_of_a_failure_has_a_next_step(cause: str, code: str, expected: str, step: str) -> None:
    one = failure_finding(failed(cause=cause, code=code), "--run r1")
    assert one.code == expected
    assert one.steps
    assert one.command.startswith(f"recipebatch {step}") if step else not one.command


def test_a_failed_task_says_where_when_and_what_it_wrote() -> None:
    one = failure_finding(
        failed(node_id="n1", tries=2, began="2026-01-02T03:04:05", ended="2026-01-02T03:05:00", stdout="out", item="x"),
        "--run r1",
    )
    assert one.sentence == "task a (x) failed: exit code 3, it failed (FailureExitCode)"
    assert one.evidence[0] == "on node n1, 2 tries, 2026-01-02 03:04:05 to 2026-01-02 03:05:00 UTC"
    assert "| out" in one.evidence[1]


def test_what_failed_on_a_node_is_named_by_its_node() -> None:
    start = failure_finding(failed(kind="start task", task_id="", node_id="n1", cause="start_task"), "--run r1")
    assert start.sentence == "start task of node n1 failed: exit code 3, it failed (FailureExitCode)"
    assert start.command == "recipebatch logs --run r1 --start-task"
    prepared = failure_finding(failed(kind="job preparation task", task_id="", node_id="n1"), "--run r1")
    assert prepared.command == "recipebatch logs --run r1 --node n1"


def test_a_denied_file_is_a_sas_that_ended_only_where_the_service_says_when() -> None:
    denied = failed(cause="resource_file", code="BlobAccessDenied", exit_code=None, began="2026-01-02T03:04:05+00:00")
    ended = failure_finding(denied, "--run r1", access_ends=NOW - timedelta(hours=1))
    assert (ended.code, ended.command) == ("sas-ended", "")
    assert ended.sentence == "task a failed: the SAS of its files ended at 2026-01-02 02:04 UTC, before it began"
    later = failure_finding(denied, "--run r1", access_ends=NOW + timedelta(hours=1))
    unknown = failure_finding(denied, "--run r1")
    assert (later.code, unknown.code) == ("resource-file", "resource-file")
    assert "the service does not say when the SAS of its files ends" in unknown.evidence


def test_the_end_of_a_sas_is_read_from_the_addresses_of_files() -> None:
    files = [
        {"httpUrl": "https://h/a?se=2026-01-03T00:00:00Z&sig=x"},
        {"storageContainerUrl": "https://h/c?se=2026-01-02"},
    ]
    outputs = [{"destination": {"container": {"containerUrl": "https://h/o?se=never"}}}, {}]
    assert access_ends({"resourceFiles": files, "outputFiles": outputs}) == datetime(2026, 1, 2, tzinfo=UTC)
    assert access_ends({"resourceFiles": [{"httpUrl": "https://h/a"}]}) is None
    assert access_ends({}) is None


def test_a_task_that_ran_out_of_time_says_its_limit() -> None:
    planned = a_task("a", constraints=TaskConstraints(max_wall_clock_time=timedelta(minutes=5)))
    one = failure_finding(failed(cause="wall_clock", exit_code=None, code="TaskEnded"), "--run r1", planned)
    assert one.sentence == "task a failed: it ran until its limit of 5 minutes (`max_wall_clock_time`)"
