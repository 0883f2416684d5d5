"""Automatic scaling: samples pools, evaluates their formulas when due, and resizes the pools."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.nodes.machine_metrics import MachineMetrics
from recipebatch.emulator.scheduler import SAMPLE_SECONDS, run_document, run_formula
from recipebatch.emulator.state.transitions import auto_scale
from recipebatch.vocabulary.durations import TICKS_PER_SECOND, parse_ticks
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState, TaskResult, TaskState

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.scheduler import AutoScaleRun
    from recipebatch.emulator.state import Account, AccountRegistry, PoolRecord

_LEAST_SECONDS = 0.05
"""The shortest time between two samples, at any time scale."""
_USABLE = frozenset({NodeState.IDLE, NodeState.RUNNING})


class AutoScale:
    """The automatic scaling of all pools."""

    def __init__(self, service: AccountRegistry, *, root: Path) -> None:
        self._service = service
        self._file = root / "samples.json"
        self._machine = MachineMetrics(root)
        self._timers: dict[PoolRecord, asyncio.TimerHandle] = {}
        self._held: dict[PoolRecord, AutoScaleRun] = {}
        self._sampler: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start sampling all pools, continuing with the samples of an earlier emulator that was stopped."""
        self._load_samples()
        self._sample()

    def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        seconds = self._service.clock.wait_seconds(SAMPLE_SECONDS * TICKS_PER_SECOND)
        self._sampler = loop.call_later(max(_LEAST_SECONDS, seconds), self._sample)
        now = self._service.clock.now()
        resources = self._machine.sample()
        for account in self._service.accounts.values():
            for pool in account.pools.values():
                pool.history.append((now, measure(account, pool) | resources))

    def _load_samples(self) -> None:
        if not self._file.is_file():  # a pipe would block
            return
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self._file.unlink()
            for account in self._service.accounts.values():
                for pool in account.pools.values():
                    history = kept.get(account.name, {}).get(pool.key, ())
                    pool.history.extend([(int(at), dict(values)) for at, values in history if at >= pool.created])
        except (OSError, ValueError, AttributeError, TypeError):  # damaged: sampling starts again
            return

    def stop(self) -> None:
        """Stop sampling and evaluating; save the samples for the next emulator on this root."""
        accounts = self._service.accounts.values()
        kept = {
            account.name: {
                pool.key: list(pool.history) for pool in account.pools.values() if auto_scale.is_enabled(pool)
            }
            for account in accounts
        }
        # On a full disk the next emulator starts without samples.
        with suppress(OSError):
            self._file.write_text(json.dumps(kept), encoding="utf-8")
        for timer in (self._sampler, *self._timers.values()):
            if timer is not None:
                timer.cancel()
        self._timers.clear()

    def reconcile(self, account: Account, pool: PoolRecord) -> None:
        """Handle a created or changed pool: evaluate a new formula now, a known one when due."""
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

    def pool_steady(self, account: Account, pool: PoolRecord) -> None:
        """Handle the end of a resize: apply the result of a formula that was evaluated meanwhile."""
        if (run := self._held.pop(pool, None)) is not None:
            self._apply(account, pool, run)

    def _set_timer(self, account: Account, pool: PoolRecord) -> None:
        if (timer := self._timers.pop(pool, None)) is not None:
            timer.cancel()
        interval = parse_ticks(pool.body["autoScaleEvaluationInterval"])
        last = 0 if pool.scaling_run is None else pool.scaling_run["timestamp"]
        left = (account.clock.later(last, interval) - account.clock.now()) / TICKS_PER_SECOND
        loop = asyncio.get_running_loop()
        self._timers[pool] = loop.call_later(max(0.0, left), self._evaluate, account, pool)

    def _evaluate(self, account: Account, pool: PoolRecord) -> None:
        is_new = pool.scaling_run is None and pool.scaling_enabled is None
        # The time of the change itself, as in recorded answers.
        now = pool.modified if pool.scaling_run is None else account.clock.now()
        formula = str(pool.body["autoScaleFormula"])
        run = run_formula(pool, formula, now=now, time_scale=account.clock.time_scale)
        auto_scale.record_run(account, pool, run_document(run, now))
        if run.error is None and is_new:
            # Its first resize has not begun yet; it goes to the targets of the formula.
            pool.target_dedicated, pool.target_low_priority = run.target_dedicated, run.target_low_priority
            pool.deallocation_option = run.node_deallocation_option
        elif run.error is None:
            self._apply(account, pool, run)
        self._set_timer(account, pool)

    def _apply(self, account: Account, pool: PoolRecord, run: AutoScaleRun) -> None:
        dedicated, low_priority = run.target_dedicated, run.target_low_priority
        if pool.body["enableInterNodeCommunication"]:
            # A formula removes none of these nodes.
            # Source: "Use multi-instance tasks to run MPI applications in Batch".
            dedicated = max(dedicated, pool.target_dedicated)
            low_priority = max(low_priority, pool.target_low_priority)
        if (dedicated, low_priority) == (pool.target_dedicated, pool.target_low_priority):
            return
        if pool.allocation_state is not AllocationState.STEADY:
            self._held[pool] = run
            return
        auto_scale.scale(
            account,
            pool,
            dedicated=dedicated,
            low_priority=low_priority,
            option=run.node_deallocation_option,
        )


def measure(account: Account, pool: PoolRecord) -> dict[str, float]:
    """The task and node metrics of the pool."""
    jobs = list(account.jobs_by_pool.get(pool.key, {}).values())
    blocked = sum(
        task.blocked
        for job in jobs
        if job.body["usesTaskDependencies"]
        for task in job.tasks.in_state(TaskState.ACTIVE)
    )
    # "For a multi-instance task, $ActiveTasks will include the number of instances set on the task" (the article).
    more_instances = (
        sum(
            (task.instances or 1) - 1
            for job in jobs
            for task in job.tasks.in_state(TaskState.ACTIVE)
            if not task.blocked
        )
        if pool.body["enableInterNodeCommunication"]
        else 0
    )
    states = [node.state for node in pool.nodes.values()]
    dedicated = sum(node.is_dedicated for node in pool.nodes.values())
    usable = sum(state in _USABLE for state in states)
    running = (TaskState.RUNNING, TaskState.PREPARING)
    return {
        "$ActiveTasks": sum(job.tasks.count(TaskState.ACTIVE) for job in jobs) - blocked + more_instances,
        "$RunningTasks": sum(job.tasks.count(state) for job in jobs for state in running),
        "$SucceededTasks": sum(job.tasks.results(TaskResult.SUCCESS)[0] for job in jobs),
        "$FailedTasks": sum(job.tasks.results(TaskResult.FAILURE)[0] for job in jobs),
        "$CurrentDedicatedNodes": dedicated,
        "$CurrentLowPriorityNodes": len(states) - dedicated,
        "$PreemptedNodeCount": states.count(NodeState.PREEMPTED),
        "$UsableNodeCount": usable,
        "$SampleNodeCount": usable,
    }
