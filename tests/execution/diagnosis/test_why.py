"""Why a run is where it is, of runs in memory; what the service says of each cause is in tests/api/look/test_why.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import NOW, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import UsageError
from recipebatch.execution.diagnosis import why_run, why_task
from recipebatch.phases import PhaseOptions
from recipebatch.report import FailedTask
from recipebatch.runs import RunFailures, TaskHistory, TaskRecord

if TYPE_CHECKING:
    from recipebatch.execution import ActiveRun
    from recipebatch.phases import Diagnosis

PLAN = a_plan(pools=(a_pool(),), jobs=(a_job(a_task("good"), a_task("bad")),))
FAILED = FailedTask(job_id="j1", task_id="bad", exit_code=3, code="FailureExitCode", message="it failed")
DONE = TaskRecord(
    job_id="j1",
    task_id="good",
    state="completed",
    tries=1,
    exit_code=0,
    node_id="n1",
    began=NOW,
    ended=NOW + timedelta(minutes=1),
)


class Store:
    """What `why` reads of a store."""

    def __init__(self, *, failures: RunFailures | None = None, history: TaskHistory | None = None) -> None:
        self._failures, self._history = failures or RunFailures(), history or TaskHistory()

    def holder_of(self, _run_id: str) -> str:
        return "watch by me on here"

    def failures(self, _run_id: str) -> RunFailures:
        return self._failures

    def task_history(self, _run_id: str) -> TaskHistory:
        return self._history


def ask(run: ActiveRun, task: str | None = None, **kept: Any) -> Diagnosis:
    store: Any = Store(**kept)
    return why_run(run, store) if task is None else why_task(run, store, task)


def submitted(world: World) -> ActiveRun:
    world.records.kept = world.records.kept.with_phase("provision", "done", NOW)
    run = world.run()
    run.submit(PhaseOptions())
    return run


def purged(world: World) -> ActiveRun:
    world.records.kept = world.records.kept.with_phase("purge", "done", NOW)
    return world.run()


def test_a_run_whose_tasks_have_ended_says_which_failed() -> None:
    world = World(plan=PLAN)
    world.batch.exit_codes["bad"] = 3
    found = ask(submitted(world))
    assert found.verdict == "all 2 tasks have ended, 1 failed"
    assert found.findings[0].sentence == "task bad failed: exit code 3, it failed (FailureExitCode)"
    assert "watch by me on here is at work" in found.facts[0]


def test_a_run_that_has_submitted_nothing() -> None:
    found = ask(World(plan=PLAN).run())
    assert [str(each.code) for each in found.findings] == ["not-submitted"]
    job = a_job(a_task("x"), logical="later", id="j2", after=())
    assert ask(World(plan=replace(PLAN, jobs=(job,))).run()).verdict == "no task is running"


def test_a_task_and_one_that_there_is_not() -> None:
    world = World(plan=PLAN)
    world.batch.exit_codes["bad"] = 3
    run = submitted(world)
    assert ask(run, "good").sentence == "task good succeeded on node None"
    assert ask(run, "bad").findings[0].code == "exit-code"
    with pytest.raises(UsageError, match="has no task goood") as raised:
        ask(run, "goood")
    assert "good" in str(raised.value.hint)
    world.batch.jobs["j1"]["added"] = replace(world.batch.jobs["j1"]["good"], id="added")
    assert ask(run, "added").findings[0].code == "succeeded"


def test_what_a_failed_task_wrote_comes_from_the_record_when_its_node_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(plan=PLAN)
    world.batch.exit_codes["bad"] = 3
    run = submitted(world)
    world.batch.jobs["j1"]["bad"] = replace(world.batch.jobs["j1"]["bad"], node_id="n1")
    assert "    | stderr.txt of bad" in ask(run).findings[0].evidence
    monkeypatch.setattr(world.batch, "task_file_tail", lambda *_names, **_size: "")
    wrote = replace(FAILED, stderr="no such file")
    kept = RunFailures().with_seen([wrote])
    for found in (ask(run, failures=kept), ask(run, "bad", failures=kept)):
        assert found.findings[0].evidence[-1] == "    | no such file"
    earlier_try = RunFailures().with_seen([replace(wrote, ended="2026-01-01T00:00:00+00:00")])
    assert "no such file" not in str(ask(run, failures=earlier_try).findings)
    assert "no such file" not in str(ask(run).findings)


def test_a_run_that_was_purged_is_told_from_what_is_recorded() -> None:
    run = purged(World(plan=PLAN))
    failures = RunFailures().with_seen([FAILED])
    history = TaskHistory(records=(DONE, replace(DONE, task_id="cut", state="running", ended=None)))
    found = ask(run, failures=failures)
    assert [str(each.code) for each in found.findings] == ["purged", "exit-code"]
    assert ask(run, "bad", failures=failures).findings[0].sentence.startswith("task bad failed: exit code 3")
    good = ask(run, "good", history=history).findings[0]
    assert (good.sentence, good.evidence[0]) == (
        "task good succeeded on node n1",
        "2026-01-02 03:04:05 to 03:05:05 UTC",
    )
    assert ask(run, "cut", history=history).sentence == "task cut did not succeed: it had not ended, exit code 0"
    with pytest.raises(UsageError, match="no task x is recorded"):
        ask(run, "x", history=history)
