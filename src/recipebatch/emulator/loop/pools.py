"""Keeps the nodes of pools: adds them, starts them, lets them go."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.loop.preparation import settings
from recipebatch.emulator.node_runner import (
    ResourceFile,
    TaskEnd,
    TaskRun,
    make_node_tree,
    remove_tree,
    run,
    start_task_directory,
    start_task_environment,
)
from recipebatch.emulator.scheduler.lifecycle import AfterRun, after_run
from recipebatch.emulator.scheduler.sizing import SeenNode, resize
from recipebatch.emulator.state import pool_moves
from recipebatch.vocabulary import instants
from recipebatch.vocabulary.durations import TICKS_PER_SECOND
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from recipebatch.emulator.loop.passing import Passing
    from recipebatch.emulator.loop.runs import Runs
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import Json, NodeRecord, PoolRecord

_LOG = logging.getLogger(__name__)
ALLOCATION_SECONDS = 0.01
"""How long a node is seen creating, and again starting."""

_UP = frozenset({NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE, NodeState.START_TASK_FAILED, NodeState.UNUSABLE})
_NO_WINDOWS: Json = {
    "code": "AllocationFailed",
    "message": "This emulator's nodes are directories of a POSIX machine; it has no nodes for Windows images",
}


class Pools:
    """All pools of all accounts."""

    def __init__(self, runs: Runs, passing: Passing) -> None:
        self._runs = runs
        self._passing = passing
        self._keepers: dict[PoolRecord, asyncio.Task[None]] = {}
        self._boots: dict[NodeRecord, asyncio.Task[None]] = {}
        self._news: dict[PoolRecord, asyncio.Event] = {}
        self._starting = 0

    @property
    def booting(self) -> int:
        """Start tasks that run now."""
        return self._starting

    def attend(self, account: Account, pool: PoolRecord) -> None:
        """Bring the pool to its targets, unless it is steady."""
        self._news.setdefault(pool, asyncio.Event()).set()
        if pool.allocation_state is AllocationState.STEADY or pool in self._keepers:
            return
        keeper = asyncio.get_running_loop().create_task(self._keep(account, pool))
        self._keepers[pool] = keeper
        keeper.add_done_callback(lambda done: self._kept(pool, done))

    def resume(self, account: Account, pool: PoolRecord) -> None:
        """Take up a pool after a restart: nodes that were up are up, the others start anew."""
        for node in list(pool.nodes.values()):
            node.leaving = None
            if node.state in _UP:
                make_node_tree(account.node_root(pool.id, node.id))
                if node.state is NodeState.RUNNING:
                    pool_moves.move_node(account, pool, node, NodeState.IDLE)
            else:
                self._boot(account, pool, node)
        self.attend(account, pool)

    async def stop(self) -> None:
        """End all start tasks and resizes; they begin anew with the next emulator."""
        works = [*self._keepers.values(), *self._boots.values()]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def _kept(self, pool: PoolRecord, keeper: asyncio.Task[None]) -> None:
        self._keepers.pop(pool, None)
        self._news.pop(pool, None)
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            _LOG.error("pool %s could not be resized", pool.id, exc_info=error)

    async def _keep(self, account: Account, pool: PoolRecord) -> None:
        """One resize from its beginning to its end; a deletion that comes in between is done too."""
        while pool.allocation_state is not AllocationState.STEADY:
            errors = await self._resize(account, pool)
            await self._passing.shown(pool)
            if pool.state is PoolState.DELETING:
                if not pool.nodes:
                    await asyncio.to_thread(remove_tree, account.directory / "pools" / pool.id)
                    pool_moves.drop_pool(account, pool)
                    return
            else:
                pool_moves.settle(account, pool, errors)

    async def _resize(self, account: Account, pool: PoolRecord) -> list[Json]:
        self._news.setdefault(pool, asyncio.Event()).clear()
        if pool.allocation_state is AllocationState.STOPPING:
            return []
        seen = (SeenNode(n.id, n.is_dedicated, sum(n.running.values()), n.number) for n in pool.nodes.values())
        plan = resize(seen, pool.dropping, dedicated=pool.target_dedicated, low_priority=pool.target_low_priority)
        if (plan.add_dedicated or plan.add_low_priority) and is_windows(pool):
            return [_NO_WINDOWS]
        for dedicated, count in ((True, plan.add_dedicated), (False, plan.add_low_priority)):
            for _ in range(count):
                self._boot(account, pool, pool_moves.add_node(account, pool, dedicated=dedicated))
        if plan.leave:
            return await self._let_go(account, pool, [pool.nodes[node] for node in plan.leave])
        return []

    async def _let_go(self, account: Account, pool: PoolRecord, nodes: list[NodeRecord]) -> list[Json]:
        """Empty the nodes and drop them; those still busy when the resize times out or is stopped stay."""
        option = pool.deallocation_option
        loop = asyncio.get_running_loop()
        works = {loop.create_task(self._drop_node(account, pool, node, option)) for node in nodes}
        news = loop.create_task(self._news[pool].wait())
        deadline = loop.time() + pool.resize_timeout / TICKS_PER_SECOND
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
        pool_moves.move_node(account, pool, node, NodeState.LEAVING_POOL)
        try:
            if (boot := self._boots.get(node)) is not None:
                boot.cancel()
                await asyncio.wait({boot})
            await asyncio.shield(self._runs.empty_node(node, option))
            await self._runs.preparations.leave(node)
        except asyncio.CancelledError:
            node.leaving = None
            pool_moves.move_node(account, pool, node, NodeState.RUNNING if node.running else before)
            raise
        pool_moves.drop_node(account, pool, node)
        await asyncio.to_thread(remove_tree, account.node_root(pool.id, node.id))

    def _boot(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        boot = asyncio.get_running_loop().create_task(self._start_node(account, pool, node))
        self._boots[node] = boot
        boot.add_done_callback(lambda done: self._booted(pool, node, done))

    def _booted(self, pool: PoolRecord, node: NodeRecord, boot: asyncio.Task[None]) -> None:
        self._boots.pop(node, None)
        if not boot.cancelled() and (error := boot.exception()) is not None:
            _LOG.error("node %s of pool %s could not be started", node.id, pool.id, exc_info=error)

    async def _start_node(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        await asyncio.sleep(ALLOCATION_SECONDS)
        pool_moves.move_node(account, pool, node, NodeState.STARTING)
        make_node_tree(account.node_root(pool.id, node.id))
        await asyncio.sleep(ALLOCATION_SECONDS)
        node.boot_time = account.clock.node_now()
        node.start_task = pool.body.get("startTask")
        up = NodeState.IDLE if node.scheduling_enabled else NodeState.OFFLINE
        if node.start_task is not None:
            waits = node.start_task["waitForSuccess"]
            self._enter(account, pool, node, NodeState.WAITING_FOR_START_TASK if waits else up)
            succeeded = await self._run_start_task(account, pool, node, node.start_task)
            if not waits:
                return
            if not succeeded:
                up = NodeState.START_TASK_FAILED
        self._enter(account, pool, node, up)

    def _enter(self, account: Account, pool: PoolRecord, node: NodeRecord, state: NodeState) -> None:
        pool_moves.move_node(account, pool, node, state)
        pool_moves.save_node(account, pool, node)
        self._runs.wake(account, pool.key)

    async def _run_start_task(self, account: Account, pool: PoolRecord, node: NodeRecord, spec: Json) -> bool:
        facts = self._runs.facts(account, pool, node)
        task_run = TaskRun(
            directory=start_task_directory(facts.root),
            command_line=spec["commandLine"],
            environment=start_task_environment(
                self._runs.machine, facts, settings=settings(spec.get("environmentSettings"))
            ),
            resource_files=tuple(ResourceFile.from_json(file) for file in spec.get("resourceFiles") or ()),
        )
        info: Json = {"state": "running", "startTime": account.clock.node_now(), "retryCount": 0}
        self._starting += 1
        try:
            while True:
                node.start_task_info = info
                pool_moves.save_node(account, pool, node)
                end = await run(task_run, start_time=instants.to_datetime(info["startTime"]))
                decision = after_run(
                    failure_code=None if end.failure is None else end.failure.code,
                    retry_count=info["retryCount"],
                    max_retries=spec["maxTaskRetryCount"],
                )
                if decision is AfterRun.COMPLETE:
                    break
                again = account.clock.node_now()
                info = {**info, "startTime": again, "lastRetryTime": again, "retryCount": info["retryCount"] + 1}
        finally:
            self._starting -= 1
        node.start_task_info = info | _start_task_end(end)
        pool_moves.save_node(account, pool, node)
        return end.failure is None


def is_windows(pool: PoolRecord) -> bool:
    """Whether the pool's image is a Windows one."""
    agent = str(pool.body["virtualMachineConfiguration"]["nodeAgentSKUId"])
    return agent.lower().startswith("batch.node.windows")


def _start_task_end(end: TaskEnd) -> dict[str, Any]:
    document: dict[str, Any] = {"state": "completed", "endTime": instants.from_datetime(end.end_time)}
    if end.exit_code is not None:
        document["exitCode"] = end.exit_code
    if end.failure is not None:
        document["failureInfo"] = end.failure.to_json()
    document["result"] = "success" if end.failure is None else "failure"
    return document
