from __future__ import annotations

from datetime import timedelta

import pytest
from in_memory_run import NOW, RECORD, Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import WaitTimeoutError
from recipebatch.execution.active_run.failure_log import FailureLog
from recipebatch.phases import PhaseOptions

OPTIONS = PhaseOptions()
PLAN = a_plan(pools=(a_pool(existing=True),), containers=(), jobs=(a_job(a_task("a", item="item 1"), a_task("b")),))
READY = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)


def submitted(**exit_codes: int) -> World:
    world = World(plan=PLAN, record=READY, batch=Batch(exit_codes=exit_codes))
    world.run().submit(OPTIONS)
    return world


def test_what_a_watch_saw_is_kept_before_anything_can_be_deleted() -> None:
    world = submitted(a=3)
    world.run().watch(OPTIONS)
    (kept,) = world.records.kept_failures.kept
    assert (kept.task_id, kept.item, kept.exit_code, kept.cause) == ("a", "item 1", 3, "exit_code")
    assert world.records.kept_failures.total == 1


def test_a_failure_is_kept_although_the_watch_does_not_come_to_its_end() -> None:
    world = submitted(a=3)
    (tasks,) = world.batch.jobs.values()
    del tasks["b"]
    world.batch.ending.clear()
    with pytest.raises(WaitTimeoutError):
        world.run().watch(PhaseOptions(timeout=timedelta()))
    assert [failure.task_id for failure in world.records.kept_failures.kept] == ["a"]


def test_what_nobody_watched_is_kept_before_it_is_deleted() -> None:
    world = submitted(b=4)
    world.run().purge(PhaseOptions(force=True))
    assert not world.batch.jobs
    assert [(failure.task_id, failure.exit_code) for failure in world.records.kept_failures.kept] == [("b", 4)]


def test_secrets_are_read_before_anything_that_tasks_wrote_and_only_once() -> None:
    world = submitted(a=3)
    read: list[str] = []

    def left_out() -> str:
        read.append("secrets")
        return "the secret pw cannot be read"

    run = world.run()
    run.failures = FailureLog(run.journal, left_out)
    run.watch(OPTIONS)
    run.watch(OPTIONS)
    (kept,) = world.records.kept_failures.kept
    assert kept.left_out == "the secret pw cannot be read"
    assert read == ["secrets"]
