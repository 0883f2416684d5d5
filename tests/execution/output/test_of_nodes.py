"""What ran on nodes, on services in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import PoolBatch
from in_memory_run import World
from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import UsageError
from recipebatch.execution.output.of_nodes import node_output, pools_of
from recipebatch.execution.output.written import NoOutputError
from recipebatch.service import NodeSnapshot, PreparationSnapshot, ReleaseSnapshot, TaskFile

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan

JOB = a_job(a_task("t"))
PLAN = a_plan(pools=(a_pool(),), jobs=(JOB,))


@dataclass
class NodeBatch(PoolBatch):
    """A Batch account with the files of nodes, by `NODE/PATH`, and of tasks, by `TASK/PATH`."""

    node_files: dict[str, bytes] = field(default_factory=dict)

    def node_file(self, _pool_id: str, node_id: str, path: str) -> bytes | None:
        return self.node_files.get(f"{node_id}/{path}")

    def list_node_files(self, _pool_id: str, node_id: str, folder: str) -> tuple[TaskFile, ...]:
        names = [name.removeprefix(f"{node_id}/") for name in self.node_files if name.startswith(f"{node_id}/{folder}")]
        return tuple(TaskFile(name=name, size=1) for name in names)

    def task_file_from(self, _job_id: str, task_id: str, path: str, *, offset: int) -> bytes | None:
        found = self.node_files.get(f"{task_id}/{path}")
        return None if found is None else found[offset:]

    def preparations(self, _job_id: str) -> tuple[PreparationSnapshot, ...]:
        return (PreparationSnapshot(pool_id="p1", node_id="n1", folder="prep", exit_code=0, failed=False),)

    def releases(self, _job_id: str) -> tuple[ReleaseSnapshot, ...]:
        return (ReleaseSnapshot(pool_id="p1", node_id="n1", folder="rel"),)


def a_batch(files: dict[str, bytes], state: str = "idle") -> NodeBatch:
    nodes = tuple(NodeSnapshot(id=name, state=state) for name in ("n1", "n2"))
    batch = NodeBatch(pools={"p1": a_pool_snapshot()}, node_states=nodes, node_files=files)
    batch.create_job(JOB)
    batch.add_tasks("j1", JOB.tasks or ())
    return batch


STARTING = "nodes have not started yet: n1 (starting), n2 (starting)"
FILES = {
    "n1/startup/stdout.txt": b"one\n",
    "n2/startup/stderr.txt": b"two\n",
    "n1/prep/stdout.txt": b"prepared\n",
    "n1/rel/stderr.txt": b"released\n",
}


def found(batch: NodeBatch, plan: Plan = PLAN, **options: Any) -> list[tuple[str, str, str, bytes]]:
    chosen: dict[str, Any] = {"nodes": (), "start_tasks": False, "file": None, "lines": None} | options
    context = World(plan=plan, batch=batch).context(plan)
    return [(part.node, part.kind, part.file, part.text) for part in node_output(context, **chosen)]


def test_the_start_tasks_of_all_nodes_are_printed() -> None:
    assert found(a_batch(FILES), start_tasks=True) == [
        ("n1", "start task", "stdout.txt", b"one\n"),
        ("n2", "start task", "stderr.txt", b"two\n"),
    ]
    assert found(a_batch(FILES), start_tasks=True, file="stderr.txt") == [("n2", "start task", "stderr.txt", b"two\n")]


def test_all_that_ran_on_a_node_is_printed() -> None:
    batch = a_batch(FILES | {"t/stdout.txt": b"task\nwork\n"})
    before = batch.jobs["j1"]["t"]
    batch.jobs["j1"]["t"] = type(before)(
        **{name: getattr(before, name) for name in before.__slots__} | {"node_id": "n1"}
    )
    assert found(batch, nodes=("n1",), lines=1) == [
        ("n1", "start task", "stdout.txt", b"one\n"),
        ("n1", "job preparation task", "stdout.txt", b"prepared\n"),
        ("n1", "job release task", "stderr.txt", b"released\n"),
        ("n1", "task", "stdout.txt", b"work\n"),
    ]


def test_a_node_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="the run has no node n3 now"):
        found(a_batch(FILES), nodes=("n3",))


@pytest.mark.parametrize(
    ("batch", "options", "said", "hint"),
    [
        (a_batch(FILES), {"file": "x.txt"}, "start task on node n1 has no x.txt", "it has stdout.txt"),
        (
            a_batch({}, "starting"),
            {"start_tasks": True},
            "nodes have not started yet: n1 (starting), n2 (starting)",
            None,
        ),
        (a_batch({}), {"start_tasks": True}, "nothing ran with output on n1, n2", None),
        (NodeBatch(), {}, "the pools of the run have no nodes now", None),
    ],
)
def test_nothing_is_an_error_that_says_why(
    batch: NodeBatch, options: dict[str, Any], said: str, hint: str | None
) -> None:
    with pytest.raises(NoOutputError) as raised:
        found(batch, **options)
    assert (raised.value.message, raised.value.hint) == (said, hint)


def test_the_pools_that_jobs_made_for_themselves_count() -> None:
    plan = a_plan(pools=(a_pool(auto=True, id="unused"),), jobs=(JOB,))
    assert pools_of(World(plan=plan, batch=a_batch({})).context(plan)) == ("p1",)
