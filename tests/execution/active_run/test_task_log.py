from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes, PoolBatch
from in_memory_run import NOW, RECORD, Batch, World
from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import ServiceError, WaitTimeoutError
from recipebatch.execution.active_run import task_log as module
from recipebatch.execution.active_run.task_log import TaskLog
from recipebatch.phases import PhaseOptions
from recipebatch.runs import KeptLog, labels
from recipebatch.service import NodeSnapshot

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan

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
    run.task_log = TaskLog(run.journal, left_out)
    run.watch(OPTIONS)
    run.watch(OPTIONS)
    (kept,) = world.records.kept_failures.kept
    assert kept.left_out == "the secret pw cannot be read"
    assert read == ["secrets"]


def on_nodes(world: World) -> World:
    """With the tasks of the run on a node that lists their files."""
    (job, tasks), *_ = world.batch.jobs.items()
    for name, task in tasks.items():
        tasks[name] = replace(task, node_id="n1")
    world.batch.on_nodes = {f"{job}/{task}": ("wd/result.csv",) for task in tasks}
    return world


def test_the_files_of_tasks_are_kept_when_their_end_was_watched() -> None:
    world = on_nodes(submitted(a=3))
    world.run().watch(OPTIONS)
    kept = world.records.kept_tasks.kept
    assert [(task.task_id, task.files) for task in kept] == [("a", {"wd/result.csv": 1}), ("b", {"wd/result.csv": 1})]


def test_the_files_of_tasks_that_nobody_watched_are_kept_before_they_are_deleted() -> None:
    world = on_nodes(submitted())
    world.run().purge(PhaseOptions(force=True))
    assert not world.batch.jobs
    assert [task.task_id for task in world.records.kept_tasks.kept] == ["a", "b"]


def test_a_service_that_refuses_to_list_files_does_not_keep_a_run_from_its_purge() -> None:
    world = on_nodes(submitted())

    def no_document(*_: Any) -> None:
        raise ServiceError("the record cannot be written")

    world.records.update_tasks = no_document  # type: ignore[assignment, method-assign]
    world.run().purge(PhaseOptions(force=True))
    assert not world.batch.jobs


def recorded(world: World) -> list[tuple[str, str, int | None, str]]:
    return [(task.task_id, task.state, task.exit_code, task.cause) for task in world.records.kept_history.records]


def test_which_tasks_a_run_has_is_kept_when_they_are_submitted_and_when_they_have_ended() -> None:
    world = submitted(a=3)
    assert recorded(world) == [("a", "active", None, ""), ("b", "active", None, "")]
    assert (world.records.kept_history.records[0].item, world.records.kept_history.seen_at) == ("item 1", None)
    world.run().watch(OPTIONS)
    assert recorded(world) == [("a", "completed", 3, "exit_code"), ("b", "completed", 0, "")]
    assert world.records.kept_history.seen_at == NOW
    world.run().submit(OPTIONS)
    assert recorded(world)[0] == ("a", "completed", 3, "exit_code")


def test_how_far_tasks_are_is_kept_although_a_watch_does_not_come_to_its_end() -> None:
    world = submitted(a=3)
    (tasks,) = world.batch.jobs.values()
    del tasks["b"]
    world.batch.ending.clear()
    with pytest.raises(WaitTimeoutError):
        world.run().watch(PhaseOptions(timeout=timedelta()))
    assert recorded(world) == [("a", "completed", 3, "exit_code"), ("b", "active", None, "")]


def test_what_became_of_tasks_that_nobody_watched_is_kept_before_they_are_deleted() -> None:
    world = submitted(b=4)
    world.run().purge(PhaseOptions(force=True))
    assert not world.batch.jobs
    assert recorded(world) == [("a", "completed", 0, ""), ("b", "completed", 4, "exit_code")]


def test_a_task_that_was_tried_again_is_kept_twice() -> None:
    world = submitted(a=3)
    world.run().watch(OPTIONS)
    world.batch.exit_codes = {}
    run = world.run()
    run.retry()
    run.provision(OPTIONS)
    run.submit(OPTIONS)
    run.watch(OPTIONS)
    found = [(task.task_id, task.exit_code, task.tried_again) for task in world.records.kept_history.records]
    assert found == [("a", 3, True), ("b", 0, False), ("a", 0, False)]
    assert {task.job for task in world.records.kept_history.records} == {PLAN.jobs[0].logical}


def test_a_record_that_cannot_be_written_does_not_end_a_watch() -> None:
    world = submitted()

    def no_document(*_: Any) -> None:
        raise ServiceError("the record cannot be written")

    world.records.update_task_history = no_document  # type: ignore[assignment, method-assign]
    assert world.run().watch(OPTIONS).verdict == "succeeded"


def on_an_unusable_node(plan: Plan) -> World:
    """A run whose provision failed: the Batch agent of its node tells why."""
    batch = PoolBatch(node_states=(NodeSnapshot(id="n1", state="unusable"),))
    batch.pools = {str(plan.pools[0].id): a_pool_snapshot(metadata={labels.RUN: RECORD.run_id})}
    return World(plan=plan, record=RECORD.with_phase("provision", "failed", NOW), batch=batch)


LOG = KeptLog(pool_id="p1", node_id="n1", file="agent-debug.log", size=4, end="one\n")
OWN_POOL = a_plan(pools=(a_pool(),), containers=(), jobs=())


def test_agent_logs_of_unusable_nodes_are_kept_once_although_nothing_was_submitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def fetch(_context: object, nodes: object) -> list[KeptLog]:
        asked.append(nodes)
        return [LOG]

    monkeypatch.setattr(module, "fetch_agent_logs", fetch)
    world = on_an_unusable_node(OWN_POOL)
    run = world.run()
    run.task_log.before_nodes_go(run.context)
    run.task_log.before_nodes_go(run.context)
    assert world.records.kept_tasks.agent_logs == (LOG,)
    assert [[node.node_id for node in nodes] for nodes in asked] == [["n1"]]


def test_no_agent_logs_are_kept_where_secrets_cannot_be_taken_out_of_them() -> None:
    notes = Notes()
    world = on_an_unusable_node(OWN_POOL)
    run = world.run()
    log = TaskLog(run.journal, lambda: "the secret pw cannot be read")
    log.before_nodes_go(replace(run.context, progress=notes))
    assert world.records.kept_tasks.agent_logs == ()
    assert notes.lines == ["agent logs of unusable nodes are not kept: the secret pw cannot be read"]


def test_agent_logs_that_cannot_be_recorded_do_not_keep_a_run_from_its_purge(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise ServiceError("the record cannot be written")

    monkeypatch.setattr(module, "fetch_agent_logs", refused)
    notes = Notes()
    run = on_an_unusable_node(OWN_POOL).run()
    run.task_log.before_nodes_go(replace(run.context, progress=notes))
    assert notes.lines == ["agent logs of unusable nodes could not be recorded: the record cannot be written"]
