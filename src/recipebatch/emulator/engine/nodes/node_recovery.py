"""Restores preempted and lost nodes when their downtime has elapsed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipebatch.emulator.state.transitions import node_faults
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from recipebatch.emulator.state import Account, NodeRecord, PoolRecord


class NodeRecovery:
    """The nodes that are down temporarily. A starting emulator boots all of them immediately."""

    def __init__(self) -> None:
        self._timers: dict[NodeRecord, asyncio.TimerHandle] = {}

    def reconcile(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Handle a changed node: if it is down temporarily, schedule its restoration."""
        if (timer := self._timers.pop(node, None)) is not None:
            timer.cancel()
        if node.back_at is not None:
            left = (node.back_at - account.clock.now()) / TICKS_PER_SECOND
            loop = asyncio.get_running_loop()
            self._timers[node] = loop.call_later(max(0.0, left), self._restore, account, pool, node)

    def stop(self) -> None:
        """Cancel all restorations."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _restore(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        del self._timers[node]
        there = account.pools.get(pool.key) is pool and pool.nodes.get(node.id) is node
        # It may have been removed, rebooted or restored meanwhile.
        if there and node.back_at is not None and node.leaving is None and node.state in node_faults.DOWN:
            node_faults.restore_node(account, pool, node)
