from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from in_memory_pools import PoolBatch, pool_context
from in_memory_run import LABELS
from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task, a_task_snapshot

from recipebatch.phases.watch.diagnosis.look import (
    look_at_failures,
    look_at_job,
    look_at_pool,
    look_at_task,
    why_waiting,
)
from recipebatch.plan.model import PlannedDependencies, PlannedJob
from recipebatch.properties.job import JobPreparationTask, JobTask
from recipebatch.service import NodeSnapshot, PreparationSnapshot

if TYPE_CHECKING:
    from recipebatch.phases import PhaseContext

CHAIN = a_job(a_task("a"), a_task("b", depends_on=PlannedDependencies(task_ids=("a",))), uses_task_dependencies=True)


@dataclass
class Batch(PoolBatch):
    """An account in which others have jobs on the pool too."""

    prepared: tuple[PreparationSnapshot, ...] = ()
    counted: list[str] = field(default_factory=list)

    def jobs_on_pool(self, _pool_id: str) -> tuple[str, ...]:
        return tuple(self.jobs)

    def preparations(self, _job_id: str) -> tuple[PreparationSnapshot, ...]:
        return self.prepared

    def task_totals(self, job_id: str) -> Any:
        from recipebatch.phases.watch.totals import totals_of

        self.counted.append(job_id)
        return totals_of(self.jobs[job_id].values())


def account(*tasks: Any, nodes: tuple[NodeSnapshot, ...] = (), **more: Any) -> Batch:
    batch = Batch(pools={"p1": a_pool_snapshot()}, node_states=nodes, **more)
    batch.jobs["j1"] = {task.id: task for task in tasks}
    batch.metadata["j1"] = {}
    return batch


def context_of(batch: Batch, job: PlannedJob = CHAIN) -> PhaseContext:
    context, _ = pool_context(batch, a_pool())
    return replace(context, plan=LABELS.on(a_plan(pools=(a_pool(),), jobs=(job,))))


def waiting(name: str) -> Any:
    return a_task_snapshot(id=name, state="active", exit_code=None, result=None, node_id=None, started=False)


def failed(name: str) -> Any:
    return a_task_snapshot(id=name, exit_code=1, result="failure", failure=("FailureExitCode", "it failed"))


def test_a_pool_with_what_failed_start_tasks_wrote() -> None:
    nodes = (NodeSnapshot(id="n1", state="starttaskfailed"), NodeSnapshot(id="n2", state="idle"))
    batch = account(nodes=nodes, files={"startup/stderr.txt": "broken\n"})
    look = look_at_pool("p1", context_of(batch))
    assert look.outputs == {"n1": "    | broken"}
    assert look_at_pool("p1", context_of(batch), outputs=False).outputs == {}
    assert look_at_pool("p2", context_of(batch)).pool is None


def test_blocked_tasks_are_looked_for_where_nothing_runs_and_something_failed() -> None:
    batch = account(failed("a"), waiting("b"), nodes=(NodeSnapshot(id="n1", state="idle"),))
    look = look_at_job(CHAIN, context_of(batch))
    assert (look.blocked, look.waiting) == ({"b": "a"}, ("b",))
    assert why_waiting(CHAIN, "p1", context_of(batch)) == (
        "job j1: 1 task cannot start: it depends on a, which failed; recipebatch why --run r1 a"
    )
    assert look_at_job(CHAIN, context_of(account(failed("a"), a_task_snapshot(id="b", state="running")))).blocked == {}


def test_others_are_asked_for_only_where_nodes_run_something() -> None:
    idle = account(waiting("a"), nodes=(NodeSnapshot(id="n1", state="idle"),))
    assert look_at_job(CHAIN, context_of(idle)).rivals == ()
    busy = account(waiting("a"), nodes=(NodeSnapshot(id="n1", state="running", used_slots=1),))
    busy.jobs["x"] = {"t": a_task_snapshot(id="t", state="running")}
    busy.metadata["x"] = {}
    rivals = look_at_job(CHAIN, context_of(busy)).rivals
    assert [(each.job_id, each.running) for each in rivals] == [("x", 1)]
    assert why_waiting(CHAIN, "", context_of(busy)) == "1 task of job x occupies pool p1"


def test_tasks_that_were_tried_again_elsewhere_do_not_count() -> None:
    batch = account(waiting("a"), a_task_snapshot(id="b"))
    look = look_at_job(replace(CHAIN, superseded=frozenset({"a"})), context_of(batch))
    assert (look.totals.active, look.totals.succeeded, look.is_over) == (0, 1, True)


def test_a_preparation_with_what_it_wrote() -> None:
    preparation = PreparationSnapshot(pool_id="p1", node_id="n1", folder="f", exit_code=1, failed=True)
    batch = account(waiting("a"), prepared=(preparation,), files={"f/stdout.txt": "half\n"})
    job = replace(CHAIN, job_preparation_task=JobPreparationTask(task=JobTask(command_line="x")))
    look = look_at_job(job, context_of(batch, job))
    assert look.pool is not None
    assert "| half" in look.pool.outputs["f n1"]
    assert why_waiting(job, "p1", context_of(batch, job)).startswith("the job preparation task failed on 1 node, n1")


def test_failures_of_a_kind_have_the_output_of_the_first() -> None:
    batch = account(failed("a"), failed("b"))
    found = look_at_failures([CHAIN], context_of(batch))
    assert [(each.task_id, bool(each.stderr)) for each in found] == [("a", True), ("b", False)]
    assert [each.stderr for each in look_at_failures([CHAIN], context_of(batch), outputs=False)] == ["", ""]
    assert look_at_failures([CHAIN], context_of(account(a_task_snapshot(id="a")))) == []


def test_a_task_with_those_that_keep_it_from_starting() -> None:
    batch = account(failed("a"), waiting("b"))
    context = context_of(batch)
    job = look_at_job(CHAIN, context)
    blocked = look_at_task("b", job, context)
    assert (blocked.first is not None and blocked.first.task_id, set(blocked.states)) == ("a", {"a"})
    assert blocked.failure is None
    assert look_at_task("a", job, context).failure is not None
    assert look_at_task("x", job, context).seen is None
    assert look_at_task("a", replace(job, seen=None), context).seen is None
    done = account(a_task_snapshot(id="a"), waiting("b"))
    assert look_at_task("a", look_at_job(CHAIN, context_of(done)), context_of(done)).missing == ()
