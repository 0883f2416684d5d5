"""Measures pools, evaluates their formulas when it is time, and resizes them to what the formulas want."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from recipebatch.emulator.scheduler.pool_scaling import SAMPLE_SECONDS, run_document, run_formula
from recipebatch.emulator.state import auto_scale
from recipebatch.vocabulary.durations import TICKS_PER_SECOND, parse_duration
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState, TaskResult, TaskState

if TYPE_CHECKING:
    from recipebatch.emulator.scheduler.autoscale import AutoScaleRun
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import PoolRecord
    from recipebatch.emulator.state.service import Service

_LEAST_SECONDS = 0.05
"""No time scale makes it measure more often."""
_USABLE = frozenset({NodeState.IDLE, NodeState.RUNNING})


class AutoScale:
    """The automatic scaling of all pools."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._timers: dict[PoolRecord, asyncio.TimerHandle] = {}
        self._held: dict[PoolRecord, AutoScaleRun] = {}
        self._sampler: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Measure all pools from now on. What an earlier emulator measured is forgotten."""
        loop = asyncio.get_running_loop()
        seconds = self._service.clock.wait_seconds(SAMPLE_SECONDS * TICKS_PER_SECOND)
        self._sampler = loop.call_later(max(_LEAST_SECONDS, seconds), self.start)
        now = self._service.clock.now()
        for account in self._service.accounts.values():
            for pool in account.pools.values():
                pool.history.append((now, measure(account, pool)))

    def stop(self) -> None:
        """Measure and evaluate no more."""
        for timer in (self._sampler, *self._timers.values()):
            if timer is not None:
                timer.cancel()
        self._timers.clear()

    def attend(self, account: Account, pool: PoolRecord) -> None:
        """A pool was made or changed: evaluate a new formula at once, another one when it is time."""
        if (timer := self._timers.pop(pool, None)) is not None:
            timer.cancel()
        enabled = auto_scale.is_enabled(pool) and pool.state is not PoolState.DELETING
        if pool.scaling_run is None or not enabled:
            self._held.pop(pool, None)
        if not enabled:
            return
        if pool.scaling_run is None:
            self._evaluate(account, pool)
        else:
            self._set_timer(account, pool)

    def steady(self, account: Account, pool: PoolRecord) -> None:
        """A resize is over: do what a formula wanted meanwhile."""
        if (run := self._held.pop(pool, None)) is not None:
            self._apply(account, pool, run)

    def _set_timer(self, account: Account, pool: PoolRecord) -> None:
        if (timer := self._timers.pop(pool, None)) is not None:
            timer.cancel()
        interval = parse_duration(pool.body["autoScaleEvaluationInterval"])
        last = 0 if pool.scaling_run is None else pool.scaling_run["timestamp"]
        left = (account.clock.later(last, interval) - account.clock.now()) / TICKS_PER_SECOND
        loop = asyncio.get_running_loop()
        self._timers[pool] = loop.call_later(max(0.0, left), self._evaluate, account, pool)

    def _evaluate(self, account: Account, pool: PoolRecord) -> None:
        is_new = pool.scaling_run is None and pool.scaling_enabled is None
        # The moment of the change itself, as the service shows it (recorded answers).
        now = pool.modified if pool.scaling_run is None else account.clock.now()
        formula = str(pool.body["autoScaleFormula"])
        run = run_formula(pool, formula, now=now, time_scale=account.clock.time_scale)
        auto_scale.note_run(account, pool, run_document(run, now))
        if run.error is None and is_new:
            # Its first resize has not begun yet; it goes to what the formula wants.
            pool.target_dedicated, pool.target_low_priority = run.target_dedicated, run.target_low_priority
            pool.deallocation_option = run.node_deallocation_option
        elif run.error is None:
            self._apply(account, pool, run)
        self._set_timer(account, pool)

    def _apply(self, account: Account, pool: PoolRecord, run: AutoScaleRun) -> None:
        if (run.target_dedicated, run.target_low_priority) == (pool.target_dedicated, pool.target_low_priority):
            return
        if pool.allocation_state is not AllocationState.STEADY:
            self._held[pool] = run
            return
        auto_scale.scale(
            account,
            pool,
            dedicated=run.target_dedicated,
            low_priority=run.target_low_priority,
            option=run.node_deallocation_option,
        )


def measure(account: Account, pool: PoolRecord) -> dict[str, float]:
    """What the pool is like now. Of the machine only its load is known; the disk and the network are not measured."""
    jobs = list(account.jobs_by_pool.get(pool.key, {}).values())
    blocked = sum(
        task.blocked
        for job in jobs
        if job.body["usesTaskDependencies"]
        for task in job.tasks.in_state(TaskState.ACTIVE)
    )
    states = [node.state for node in pool.nodes.values()]
    dedicated = sum(node.is_dedicated for node in pool.nodes.values())
    usable = sum(state in _USABLE for state in states)
    running = (TaskState.RUNNING, TaskState.PREPARING)
    return {
        "$ActiveTasks": sum(job.tasks.count(TaskState.ACTIVE) for job in jobs) - blocked,
        "$RunningTasks": sum(job.tasks.count(state) for job in jobs for state in running),
        "$SucceededTasks": sum(job.tasks.results(TaskResult.SUCCESS)[0] for job in jobs),
        "$FailedTasks": sum(job.tasks.results(TaskResult.FAILURE)[0] for job in jobs),
        "$CurrentDedicatedNodes": dedicated,
        "$CurrentLowPriorityNodes": len(states) - dedicated,
        "$PreemptedNodeCount": states.count(NodeState.PREEMPTED),
        "$UsableNodeCount": usable,
        "$SampleNodeCount": usable,
        "$CPUPercent": min(100.0, 100.0 * os.getloadavg()[0] / (os.cpu_count() or 1)),
    }
