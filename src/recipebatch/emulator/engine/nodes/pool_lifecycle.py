"""The lifecycle of pools: resizes to their targets, and deletion."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.node_mounts import unmount_containers
from recipebatch.emulator.engine.nodes.allocation_errors import NodesToAdd, inject_allocation_fault, within_quota
from recipebatch.emulator.engine.nodes.node_boot import NodeBoot
from recipebatch.emulator.engine.workers import Workers
from recipebatch.emulator.node_agent import PROCESSES, remove_tree
from recipebatch.emulator.scheduler import SizingNode, resize
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipebatch.emulator.engine.tasks import TaskAttempts
    from recipebatch.emulator.engine.transient_states import TransientStates
    from recipebatch.emulator.state import Account, Json, NodeRecord, PoolRecord

_LOG = logging.getLogger(__name__)
_ADDED_AT_ONCE = 20
_NO_WINDOWS: Json = {
    "code": "AllocationFailed",
    "message": "This emulator's nodes are directories of a POSIX machine; it has no nodes for Windows images",
}


class PoolLifecycle:
    """The pools of all accounts."""

    def __init__(
        self, attempts: TaskAttempts, transient: TransientStates, *, on_steady: Callable[[Account, PoolRecord], None]
    ) -> None:
        self._on_steady = on_steady
        self._attempts = attempts
        self._transient = transient
        self._workers = Workers("pool", _is_transient, self._finish)
        self._boot = NodeBoot(attempts, transient)
        self._changed: dict[PoolRecord, asyncio.Event] = {}
        self._shrinking: set[PoolRecord] = set()

    @property
    def booting(self) -> int:
        """The number of running start tasks."""
        return self._boot.starting

    def reconcile(self, account: Account, pool: PoolRecord) -> None:
        """Resize the pool to its targets, unless it is steady."""
        self._changed.setdefault(pool, asyncio.Event()).set()
        self._workers.reconcile(account, pool)

    def resume(self, account: Account, pool: PoolRecord) -> None:
        """Continue with a pool after a restart: nodes that were up stay up, the others boot again."""
        for node in list(pool.nodes.values()):
            node.leaving = None
            self._boot.resume(account, pool, node)
        self.reconcile(account, pool)

    def power(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Reboot, deallocate or start a node, depending on its state."""
        self._boot.power(account, pool, node)

    async def stop(self) -> None:
        """Cancel all start tasks and resizes; the next emulator starts them again."""
        await self._workers.stop()
        await self._boot.stop()

    async def _finish(self, account: Account, pool: PoolRecord) -> None:
        """Carry out one resize, and a deletion requested meanwhile."""
        while pool.allocation_state is not AllocationState.STEADY:
            errors = await self._resize(account, pool)
            await self._transient.wait_until_read(pool)
            if pool.state is PoolState.DELETING:
                if not pool.nodes:
                    await _remove(account.directory / "pools" / pool.id)
                    pool_transitions.drop_pool(account, pool)
                    del self._changed[pool]
                    return
            else:
                pool_transitions.finish_resize(account, pool, errors, shrank=pool in self._shrinking)
                self._shrinking.discard(pool)
                self._on_steady(account, pool)

    async def _resize(self, account: Account, pool: PoolRecord) -> list[Json]:
        self._changed.setdefault(pool, asyncio.Event()).clear()
        if pool.allocation_state is AllocationState.STOPPING:
            return []
        seen = (SizingNode(n.id, n.is_dedicated, sum(n.running.values()), n.number) for n in pool.nodes.values())
        plan = resize(seen, pool.dropping, dedicated=pool.target_dedicated, low_priority=pool.target_low_priority)
        if (plan.add_dedicated or plan.add_low_priority) and is_windows(pool):
            return [_NO_WINDOWS]
        if plan.leave:
            self._shrinking.add(pool)
        to_add = NodesToAdd(plan.add_dedicated, plan.add_low_priority)
        errors = await inject_allocation_fault(account, pool, to_add, self._changed[pool])
        errors += within_quota(account, pool, to_add)
        await self._add_nodes(account, pool, to_add)
        if plan.leave:
            leaving = [pool.nodes[node] for node in plan.leave if node in pool.nodes]
            return errors + await self._remove_nodes(account, pool, leaving)
        return errors

    async def _add_nodes(self, account: Account, pool: PoolRecord, to_add: NodesToAdd) -> None:
        """Add the nodes, a few at a time, so that requests are answered meanwhile and a stop or deletion ends it."""
        for number in range(to_add.dedicated + to_add.low_priority):
            if number % _ADDED_AT_ONCE == 0:
                await asyncio.sleep(0)
            if pool.allocation_state is not AllocationState.RESIZING or pool.state is PoolState.DELETING:
                return
            node = pool_transitions.add_node(account, pool, dedicated=number < to_add.dedicated)
            self._boot.boot(account, pool, node)

    async def _remove_nodes(self, account: Account, pool: PoolRecord, nodes: list[NodeRecord]) -> list[Json]:
        """Drain the nodes and remove them; nodes still busy when the resize times out or is stopped stay."""
        option = pool.deallocation_option
        loop = asyncio.get_running_loop()
        works = {loop.create_task(self._drop_node(account, pool, node, option)) for node in nodes}
        changed = loop.create_task(self._changed[pool].wait())
        deadline = loop.time() + account.clock.wait_seconds(pool.resize_timeout)
        try:
            while works:
                done, _ = await asyncio.wait(
                    {*works, changed}, timeout=max(0.0, deadline - loop.time()), return_when=asyncio.FIRST_COMPLETED
                )
                works -= done
                if not done or changed in done:
                    break
        finally:
            for work in (*works, changed):
                work.cancel()
            await asyncio.gather(*works, changed, return_exceptions=True)
        if not works or pool.allocation_state is not AllocationState.RESIZING or pool.state is PoolState.DELETING:
            return []
        return [{"code": "RemoveNodesFailed", "message": "Some nodes could not be removed before the resize timed out"}]

    async def _drop_node(self, account: Account, pool: PoolRecord, node: NodeRecord, option: str) -> None:
        before = node.state
        node.leaving = option
        pool_transitions.set_node_state(account, pool, node, NodeState.LEAVING_POOL)
        try:
            await self._boot.end(node)
            await asyncio.shield(self._attempts.empty_node(node, option))
            await self._attempts.preparations.abandon_node(node)
            if option == "retaineddata":
                await self._attempts.files.data_expired(account, pool, node)
        except asyncio.CancelledError:
            node.leaving = None
            pool_transitions.set_node_state(account, pool, node, NodeState.RUNNING if node.running else before)
            # Its boot, if in progress, was cancelled.
            self._boot.resume(account, pool, node)
            raise
        pool_transitions.drop_node(account, pool, node)
        # It has left already: a resize that is stopped now must not leave its processes and files.
        await asyncio.shield(_remove_node(account, pool, node))


def _is_transient(account: Account, pool: PoolRecord) -> bool:
    return account.pools.get(pool.key) is pool and pool.allocation_state is not AllocationState.STEADY


async def _remove_node(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    directory = account.node_root(pool.id, node.id)
    await PROCESSES.end_below(directory)
    await unmount_containers(account, pool, node)
    await _remove(directory)


async def _remove(directory: Path) -> None:
    """Remove a directory of a pool, and end what runs in it.

    Files that cannot be removed stay on disk and do not block the deletion.
    """
    await PROCESSES.end_below(directory)
    try:
        await asyncio.to_thread(remove_tree, directory)
    except OSError as error:
        _LOG.warning("cannot remove %s: %s", directory, error)


def is_windows(pool: PoolRecord) -> bool:
    """Whether the pool's image is a Windows one."""
    agent = str(pool.body["virtualMachineConfiguration"]["nodeAgentSKUId"])
    return agent.lower().startswith("batch.node.windows")
