from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from in_memory_pools import Notes, PoolBatch
from in_memory_run import World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.phases.watch.failed_tasks import failed_on_nodes
from recipebatch.phases.watch.start_tasks import StartTaskWatch
from recipebatch.properties.pool import StartTask
from recipebatch.service import NodeSnapshot

if TYPE_CHECKING:
    from recipebatch.phases import PhaseContext
    from recipebatch.report import FailedTask

JOB = a_job(a_task("a"))
STARTS = StartTask(command_line="false")
AUTO = a_plan(jobs=(JOB,), pools=(a_pool(auto=True, start_task=STARTS),))
FAILED = NodeSnapshot(id="n1", state="starttaskfailed", start_task_exit_code=7, start_task_failure=("F", "no disk"))


def a_context(batch: PoolBatch, plan: object = AUTO) -> tuple[PhaseContext, Notes]:
    notes = Notes()
    world = World(plan=plan, batch=batch)  # type: ignore[arg-type]
    return replace(world.context(world.plan), progress=notes), notes


def test_a_failed_start_task_of_a_pool_that_goes_with_its_job_is_told_once() -> None:
    batch = PoolBatch(node_states=(FAILED,), files={"startup/stderr.txt": "why"})
    context, notes = a_context(batch)
    told: list[FailedTask] = []
    watch = StartTaskWatch(JOB, context, told.extend)
    watch.look(None, running=False)
    assert not told
    for _ in range(2):
        watch.look("auto_1", running=False)
    assert [(each.kind, each.pool_id, each.node_id, each.exit_code, each.stderr) for each in told] == [
        ("start task", "auto_1", "n1", 7, "why")
    ]
    assert notes.lines == ["start task of node n1 failed: exit code 7, no disk (F)\n    | why"]
    assert watch.none_ready


def test_what_was_seen_last_counts_when_the_pool_is_gone() -> None:
    batch = PoolBatch(node_states=(FAILED,))
    context, _ = a_context(batch)
    watch = StartTaskWatch(JOB, context, lambda _: None)
    watch.look("auto_1", running=False)
    batch.node_states = ()
    watch.look("auto_1", running=False)
    assert watch.none_ready
    batch.node_states = (FAILED, NodeSnapshot(id="n2", state="idle"))
    watch.look("auto_1", running=False)
    assert not watch.none_ready


def test_while_tasks_run_the_nodes_are_asked_now_and_then() -> None:
    batch = PoolBatch(node_states=())
    context, _ = a_context(batch)
    told: list[FailedTask] = []
    watch = StartTaskWatch(JOB, context, told.extend)
    watch.look("auto_1", running=True)
    batch.node_states = (FAILED,)
    watch.look("auto_1", running=True)
    assert not told
    context.clock.sleep(20)
    watch.look("auto_1", running=True)
    assert [each.node_id for each in told] == ["n1"]


def test_pools_that_stay_are_asked_when_the_tasks_have_ended() -> None:
    plan = a_plan(jobs=(JOB,), pools=(a_pool(start_task=STARTS),))
    context, _ = a_context(PoolBatch(node_states=(FAILED,)), plan)
    told: list[FailedTask] = []
    StartTaskWatch(JOB, context, told.extend).look("p1", running=False)
    assert not told
    assert [each.node_id for each in failed_on_nodes(context)] == ["n1"]


def test_of_a_pool_that_the_service_made_with_a_job_the_start_tasks_are_asked_by_the_job() -> None:
    batch = PoolBatch(node_states=(FAILED,))
    context, _ = a_context(batch)
    assert failed_on_nodes(context) == []
    batch.create_job(JOB)
    assert [(each.pool_id, each.node_id) for each in failed_on_nodes(context)] == [("p1", "n1")]
