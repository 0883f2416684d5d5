"""Keeps the nodes of pools: adds them and lets them go."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.nodes.allocation_errors import allocated, within_quota
from recipebatch.emulator.engine.nodes.node_boot import Boots
from recipebatch.emulator.engine.workers import Keepers
from recipebatch.emulator.node_agent import remove_tree
from recipebatch.emulator.scheduler import SeenNode, resize
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipebatch.emulator.engine.tasks import Runs
    from recipebatch.emulator.engine.transient_states import Passing
    from recipebatch.emulator.state import Account, Json, NodeRecord, PoolRecord

_LOG = logging.getLogger(__name__)
_NO_WINDOWS: Json = {
    "code": "AllocationFailed",
    "message": "This emulator's nodes are directories of a POSIX machine; it has no nodes for Windows images",
}


class Pools:
    """All pools of all accounts."""

    def __init__(self, runs: Runs, passing: Passing, *, on_steady: Callable[[Account, PoolRecord], None]) -> None:
        self._on_steady = on_steady
        self._runs = runs
        self._passing = passing
        self._keepers = Keepers("pool", _is_passing, self._keep)
        self._boots = Boots(runs, passing)
        self._news: dict[PoolRecord, asyncio.Event] = {}
        self._shrinking: set[PoolRecord] = set()

    @property
    def booting(self) -> int:
        """Start tasks that run now."""
        return self._boots.starting

    def attend(self, account: Account, pool: PoolRecord) -> None:
        """Bring the pool to its targets, unless it is steady."""
        self._news.setdefault(pool, asyncio.Event()).set()
        self._keepers.attend(account, pool)

    def resume(self, account: Account, pool: PoolRecord) -> None:
        """Take up a pool after a restart: nodes that were up are up, the others start anew."""
        for node in list(pool.nodes.values()):
            node.leaving = None
            self._boots.take_up(account, pool, node)
        self.attend(account, pool)

    def power(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Reboot, deallocate or start a node, as its state says."""
        self._boots.power(account, pool, node)

    async def stop(self) -> None:
        """End all start tasks and resizes; they begin anew with the next emulator."""
        await self._keepers.stop()
        await self._boots.stop()

    async def _keep(self, account: Account, pool: PoolRecord) -> None:
        """One resize from its beginning to its end; a deletion that comes in between is done too."""
        while pool.allocation_state is not AllocationState.STEADY:
            errors = await self._resize(account, pool)
            await self._passing.shown(pool)
            if pool.state is PoolState.DELETING:
                if not pool.nodes:
                    await _remove(account.directory / "pools" / pool.id)
                    pool_transitions.drop_pool(account, pool)
                    del self._news[pool]
                    return
            else:
                pool_transitions.settle(account, pool, errors, shrank=pool in self._shrinking)
                self._shrinking.discard(pool)
                self._on_steady(account, pool)

    async def _resize(self, account: Account, pool: PoolRecord) -> list[Json]:
        self._news.setdefault(pool, asyncio.Event()).clear()
        if pool.allocation_state is AllocationState.STOPPING:
            return []
        seen = (SeenNode(n.id, n.is_dedicated, sum(n.running.values()), n.number) for n in pool.nodes.values())
        plan = resize(seen, pool.dropping, dedicated=pool.target_dedicated, low_priority=pool.target_low_priority)
        if (plan.add_dedicated or plan.add_low_priority) and is_windows(pool):
            return [_NO_WINDOWS]
        if plan.leave:
            self._shrinking.add(pool)
        wanted = [*[True] * plan.add_dedicated, *[False] * plan.add_low_priority]
        errors = await allocated(account, pool, wanted, self._news[pool])
        errors += within_quota(account, pool, wanted)
        for dedicated in wanted:
            self._boots.boot(account, pool, pool_transitions.add_node(account, pool, dedicated=dedicated))
        if plan.leave:
            return errors + await self._let_go(account, pool, [pool.nodes[node] for node in plan.leave])
        return errors

    async def _let_go(self, account: Account, pool: PoolRecord, nodes: list[NodeRecord]) -> list[Json]:
        """Empty the nodes and drop them; those still busy when the resize times out or is stopped stay."""
        option = pool.deallocation_option
        loop = asyncio.get_running_loop()
        works = {loop.create_task(self._drop_node(account, pool, node, option)) for node in nodes}
        news = loop.create_task(self._news[pool].wait())
        deadline = loop.time() + account.clock.wait_seconds(pool.resize_timeout)
        try:
            while works:
                done, _ = await asyncio.wait(
                    {*works, news}, timeout=max(0.0, deadline - loop.time()), return_when=asyncio.FIRST_COMPLETED
                )
                works -= done
                if not done or news in done:
                    break
        finally:
            for work in (*works, news):
                work.cancel()
            await asyncio.gather(*works, news, return_exceptions=True)
        if not works or pool.allocation_state is not AllocationState.RESIZING or pool.state is PoolState.DELETING:
            return []
        return [{"code": "RemoveNodesFailed", "message": "Some nodes could not be removed before the resize timed out"}]

    async def _drop_node(self, account: Account, pool: PoolRecord, node: NodeRecord, option: str) -> None:
        before = node.state
        node.leaving = option
        pool_transitions.move_node(account, pool, node, NodeState.LEAVING_POOL)
        try:
            await self._boots.end(node)
            await asyncio.shield(self._runs.empty_node(node, option))
            await self._runs.preparations.leave(node)
            if option == "retaineddata":
                await self._runs.data_expired(account, pool, node)
        except asyncio.CancelledError:
            node.leaving = None
            pool_transitions.move_node(account, pool, node, NodeState.RUNNING if node.running else before)
            # Its boot, if it was on one, was cut short.
            self._boots.take_up(account, pool, node)
            raise
        pool_transitions.drop_node(account, pool, node)
        await _remove(account.node_root(pool.id, node.id))


def _is_passing(account: Account, pool: PoolRecord) -> bool:
    return account.pools.get(pool.key) is pool and pool.allocation_state is not AllocationState.STEADY


async def _remove(directory: Path) -> None:
    """Remove a directory of a pool; what cannot be removed stays on the disk, but keeps no pool from its end."""
    try:
        await asyncio.to_thread(remove_tree, directory)
    except OSError as error:
        _LOG.warning("%s could not be removed: %s", directory, error)


def is_windows(pool: PoolRecord) -> bool:
    """Whether the pool's image is a Windows one."""
    agent = str(pool.body["virtualMachineConfiguration"]["nodeAgentSKUId"])
    return agent.lower().startswith("batch.node.windows")
