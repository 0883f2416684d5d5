"""What is told of the nodes of a pool while somebody waits for them."""

from __future__ import annotations

from in_memory_pools import PoolBatch, pool_context
from plans import a_pool, a_pool_snapshot

from recipebatch.phases.provision.node_counts import NodeCounter
from recipebatch.report import NodeCounts
from recipebatch.service import NodeSnapshot

IDLE = NodeSnapshot(id="n0", state="idle")
WAITING = NodeSnapshot(id="n1", state="waitingforstarttask")


def watch(*nodes: NodeSnapshot, **pool: object) -> tuple[NodeCounter, PoolBatch, list[NodeCounts]]:
    batch = PoolBatch(pools={"p1": a_pool_snapshot(**pool)}, node_states=nodes)
    planned = a_pool(start_task=object())
    context, notes = pool_context(batch, planned)
    counts: list[NodeCounts] = notes.events  # type: ignore[assignment]
    return NodeCounter(planned, context), batch, counts


def test_nodes_are_counted_by_state() -> None:
    watched, _, told = watch(IDLE, NodeSnapshot(id="n2", state="running"), target_dedicated_nodes=3)
    watched.look()
    assert told == [NodeCounts(pool_id="p1", target=3, states={"idle": 1, "running": 1}, ready=2)]
    watched.look()
    assert len(told) == 1
    watched.end()
    assert told[-1].ended


def test_a_pool_with_a_formula_has_no_target() -> None:
    watched, _, told = watch(IDLE, auto_scale_formula="$TargetDedicatedNodes = 1;")
    watched.look()
    assert told[0].target is None


def test_the_last_line_of_a_start_task_is_told_while_a_node_waits_for_it() -> None:
    watched, batch, told = watch()
    batch.files = {"startup/stdout.txt": "Reading package lists\nUnpacking libc\n", "startup/stderr.txt": "warning\n"}
    watched.tell([IDLE, WAITING], 2)
    batch.files["startup/stdout.txt"] = ""
    watched.tell([IDLE, WAITING], 2)
    assert [each.start_task for each in told] == 2 * [("n1", "Unpacking libc")]
    watched._line_at = -60.0
    watched.tell([IDLE, WAITING], 2)
    watched.tell([IDLE], 2)
    assert [each.start_task for each in told[2:]] == [("n1", "warning"), ("", "")]
