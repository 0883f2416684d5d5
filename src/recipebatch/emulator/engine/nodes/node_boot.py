"""Boots, reboots, deallocates and starts nodes, and runs their start tasks."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.engine.job_preparation import settings
from recipebatch.emulator.engine.node_setup import resource_files, run_with_requirements, set_up_node
from recipebatch.emulator.node_agent import (
    PROCESSES,
    TaskEnd,
    TaskRun,
    make_node_tree,
    start_task_directory,
    start_task_environment,
)
from recipebatch.emulator.scheduler import AfterRun, after_run
from recipebatch.emulator.state import Action, timestamps
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.emulator.state.transitions.task import MAX_CRASHES
from recipebatch.vocabulary.durations import TICKS_PER_SECOND
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from recipebatch.emulator.engine.tasks import TaskAttempts
    from recipebatch.emulator.engine.transient_states import TransientStates
    from recipebatch.emulator.state import Account, Json, NodeRecord, PoolRecord

_LOG = logging.getLogger(__name__)
ALLOCATION_SECONDS = 0.01
"""How long a node is `creating`, and then `starting`."""

_UP = frozenset({NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE, NodeState.START_TASK_FAILED, NodeState.UNUSABLE})
_FAILS = "/bin/sh -c 'echo this start task fails because of an injected fault >&2; exit 1'"


class NodeBoot:
    """The nodes of all pools that are booting, rebooting or deallocating."""

    def __init__(self, attempts: TaskAttempts, transient: TransientStates) -> None:
        self._attempts = attempts
        self._transient = transient
        self._works: dict[NodeRecord, asyncio.Task[None]] = {}
        self._places: dict[NodeRecord, tuple[Account, PoolRecord]] = {}
        self._starting = 0

    @property
    def starting(self) -> int:
        """The number of running start tasks."""
        return self._starting

    def resume(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Continue an interrupted boot, reboot or deallocation; a node that was up stays up."""
        if node.state is NodeState.DEALLOCATED:
            return
        if node.state not in _UP:
            node.crashes += 1
            if node.crashes >= MAX_CRASHES:
                self._fail(account, pool, node, f"the service crashed {node.crashes} times while the node was booting")
                return
            pool_transitions.save_node(account, pool, node)
        if node.state in {NodeState.REBOOTING, NodeState.DEALLOCATING}:
            self.power(account, pool, node)
        elif node.state not in _UP:
            self.boot(account, pool, node)
        else:
            try:
                make_node_tree(account.node_root(pool.id, node.id))
            except OSError as error:
                self._fail(account, pool, node, f"cannot create its directories: {error.strerror}")
                return
            if node.state is NodeState.RUNNING and not node.running:
                pool_transitions.set_node_state(account, pool, node, NodeState.IDLE)

    def boot(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Start a new node."""
        self._begin(account, pool, node, self._start_new(account, pool, node))

    def power(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Reboot, deallocate or start a node, depending on its state."""
        operations = {NodeState.REBOOTING: self._reboot, NodeState.DEALLOCATING: self._deallocate}
        operation = operations.get(node.state, self._start_again)
        self._begin(account, pool, node, operation(account, pool, node))

    async def end(self, node: NodeRecord) -> None:
        """Cancel the node's boot, reboot or deallocation; its state stays."""
        if (work := self._works.get(node)) is not None:
            work.cancel()
            await asyncio.wait({work})

    async def stop(self) -> None:
        """Cancel all start tasks; the next emulator starts them again."""
        works = list(self._works.values())
        for node, (account, pool) in self._places.items():
            # A stop is not a crash.
            node.crashes = 0
            pool_transitions.save_node(account, pool, node)
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def _begin(
        self, account: Account, pool: PoolRecord, node: NodeRecord, operation: Coroutine[Any, Any, None]
    ) -> None:
        before = self._works.get(node)
        work = asyncio.get_running_loop().create_task(_after(before, operation))
        self._works[node] = work
        self._places[node] = account, pool
        work.add_done_callback(lambda done: self._done(account, pool, node, done))

    def _done(self, account: Account, pool: PoolRecord, node: NodeRecord, work: asyncio.Task[None]) -> None:
        if self._works.get(node) is work:
            del self._works[node]
            del self._places[node]
        if not work.cancelled() and (error := work.exception()) is not None:
            _LOG.error("cannot start node %s of pool %s", node.id, pool.id, exc_info=error)
            if pool.nodes.get(node.id) is node:
                why = error.strerror if isinstance(error, OSError) else None
                self._fail(account, pool, node, why or "an error of the emulator; see its log")

    def _fail(self, account: Account, pool: PoolRecord, node: NodeRecord, why: str) -> None:
        """Make a node unusable that cannot be started; its pool and the other nodes go on."""
        node.errors = [{"code": "NodeStartFailed", "message": f"The node could not be started: {why}"}]
        node.crashes = 0
        pool_transitions.set_node_state(account, pool, node, NodeState.UNUSABLE)
        pool_transitions.save_node(account, pool, node)

    async def _start_new(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        await _allocation_pause(account)
        pool_transitions.set_node_state(account, pool, node, NodeState.STARTING)
        await self._start(account, pool, node)

    async def _start_again(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        await self._transient.wait_until_read(node)
        self._forget_preparations(account, node)
        await self._start(account, pool, node)

    async def _reboot(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        await self._empty(account, pool, node)
        self._forget_preparations(account, node)
        await self._start(account, pool, node)

    async def _deallocate(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        await self._empty(account, pool, node)
        pool_transitions.set_node_state(account, pool, node, NodeState.DEALLOCATED)

    async def _empty(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Wait until the node's tasks are handled and a client has read its transient state."""
        await asyncio.shield(self._attempts.empty_node(node, node.emptying))
        await self._attempts.preparations.abandon_node(node)
        await PROCESSES.end_below(account.node_root(pool.id, node.id))
        if node.emptying == "retaineddata":
            await self._attempts.files.data_expired(account, pool, node)
        await self._transient.wait_until_read(node)

    def _forget_preparations(self, account: Account, node: NodeRecord) -> None:
        for job in account.jobs.values():
            job_transitions.node_rebooted(account, job, node.id)

    async def _start(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        make_node_tree(account.node_root(pool.id, node.id))
        await _allocation_pause(account)
        node.boot_time = account.clock.node_now()
        node.errors = await set_up_node(account, pool, node)
        if node.errors:
            self._enter(account, pool, node, NodeState.UNUSABLE)
            return
        node.start_task = pool.body.get("startTask")
        up = NodeState.IDLE if node.scheduling_enabled else NodeState.OFFLINE
        if node.start_task is not None:
            waits = node.start_task["waitForSuccess"]
            self._enter(account, pool, node, NodeState.WAITING_FOR_START_TASK if waits else up)
            succeeded = await self._run_start_task(account, pool, node, node.start_task)
            if not waits:
                return
            # The node's scheduling may have been disabled meanwhile.
            up = NodeState.IDLE if node.scheduling_enabled else NodeState.OFFLINE
            if not succeeded:
                up = NodeState.START_TASK_FAILED
        self._enter(account, pool, node, up)

    def _enter(self, account: Account, pool: PoolRecord, node: NodeRecord, state: NodeState) -> None:
        if state in _UP:
            node.crashes = 0
        pool_transitions.set_node_state(account, pool, node, state)
        pool_transitions.save_node(account, pool, node)
        self._attempts.wake(account, pool.key)

    async def _run_start_task(self, account: Account, pool: PoolRecord, node: NodeRecord, spec: Json) -> bool:
        facts = self._attempts.facts(account, pool, node)
        PROCESSES.keep(start_task_directory(facts.root))
        task_run = TaskRun(
            directory=start_task_directory(facts.root),
            command_line=_FAILS if account.faults.for_pool(Action.START_TASK, pool.id) else spec["commandLine"],
            environment=start_task_environment(
                self._attempts.machine, facts, settings=settings(spec.get("environmentSettings"))
            ),
            resource_files=resource_files(account, spec.get("resourceFiles")),
        )
        info: Json = {"state": "running", "startTime": account.clock.node_now(), "retryCount": 0}
        self._starting += 1
        try:
            while True:
                node.start_task_info = info
                pool_transitions.save_node(account, pool, node)
                end = await run_with_requirements(
                    *(account, pool, node, spec, task_run),
                    start_time=timestamps.to_datetime(info["startTime"]),
                    outside=frozenset(self._attempts.machine),
                )
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
        node.start_task_info = info | _start_task_end(end, account.clock.node_now())
        pool_transitions.save_node(account, pool, node)
        return end.failure is None


async def _after(before: asyncio.Task[None] | None, operation: Coroutine[Any, Any, None]) -> None:
    """Run an operation after cancelling the previous one: a reboot ends a running start task."""
    try:
        if before is not None and not before.done():
            before.cancel()
            await asyncio.wait({before})
    except asyncio.CancelledError:
        operation.close()
        raise
    await operation


async def _allocation_pause(account: Account) -> None:
    await asyncio.sleep(account.clock.wait_seconds(ALLOCATION_SECONDS * TICKS_PER_SECOND))


def _start_task_end(end: TaskEnd, now: int) -> dict[str, Any]:
    document: dict[str, Any] = {"state": "completed", "endTime": now}
    if end.exit_code is not None:
        document["exitCode"] = end.exit_code
    if end.container is not None:
        document["containerInfo"] = dict(end.container)
    if end.failure is not None:
        document["failureInfo"] = end.failure.to_json()
    document["result"] = "success" if end.failure is None else "failure"
    return document
