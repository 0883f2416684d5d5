"""Why the files of a task that has run cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from in_memory_pools import PoolBatch
from in_memory_run import NOW
from plans import a_pool_snapshot, a_task_snapshot

from recipebatch.phases.outputs.gone_files import why_unreadable
from recipebatch.service import NodeSnapshot

SEEN = a_task_snapshot(state_transition_time=NOW)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (NodeSnapshot(id="n0", state="idle"), "its node is gone"),
        (NodeSnapshot(id="n1", state="idle"), "its files on the node are gone"),
        (NodeSnapshot(id="n1", state="running"), "its files on the node are gone"),
        (NodeSnapshot(id="n1", state="rebooting"), "its node n1 is rebooting"),
        (NodeSnapshot(id="n1", state="preempted"), "its node n1 is preempted"),
        (NodeSnapshot(id="n1", state="unusable"), "its node n1 is unusable"),
    ],
)
def test_the_service_is_asked_what_became_of_the_node(node: NodeSnapshot, said: str) -> None:
    batch = PoolBatch(pools={"p1": a_pool_snapshot()}, node_states=(node,))
    assert why_unreadable("p1", SEEN, batch) == said  # type: ignore[arg-type]


def test_a_pool_takes_the_files_of_its_tasks_along() -> None:
    seen = replace(SEEN, node_id=None)
    assert why_unreadable("p1", seen, PoolBatch()) == "its pool p1 is gone"  # type: ignore[arg-type]
