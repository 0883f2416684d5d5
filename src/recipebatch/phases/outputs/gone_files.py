"""What the files of a task went with: its job, its pool, its node; or why they cannot be read now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.vocabulary.states import READY_TO_RUN, NodeState

if TYPE_CHECKING:
    from recipebatch.service import BatchService, TaskSnapshot

KEEP_HINT = "`keep_logs` or `output_files` of a task upload its files when it ends"
"""How the files of tasks outlive their nodes."""

_READABLE = READY_TO_RUN | {NodeState.OFFLINE, NodeState.START_TASK_FAILED}


def why_unreadable(pool_id: str, seen: TaskSnapshot, batch: BatchService) -> str:
    """Why the files of a task that has run cannot be read, asked of the service.

    Args:
        pool_id: of the pool that it ran on.
        seen: the task.
        batch: the account.
    """
    if batch.get_pool(pool_id) is None:
        return f"its pool {pool_id} is gone"
    states = {node.id: node.state for node in batch.list_nodes(pool_id)}
    state = states.get(seen.node_id or "")
    if state is None:
        return "its node is gone"
    if state not in _READABLE:
        return f"its node {seen.node_id} is {state}"
    return "its files on the node are gone"
