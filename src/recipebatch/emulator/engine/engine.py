"""The engine: takes a snapshot on every change, lets the scheduler decide, and applies the decision.

`Engine` is notified of changes as a `Listener` of the state, lets `scheduler` decide, starts and ends processes
through `node_agent`, and writes the outcome with `state.transitions`. It is event-driven: it never polls.
`nodes` resizes pools and boots nodes, `tasks` places and runs tasks, `job_lifecycle` and `job_schedules` end
jobs and create them, `retention` removes old files, `transient_states` holds a state until a client has read it.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.job_lifecycle import JobLifecycle
from recipebatch.emulator.engine.job_schedules import JobSchedules
from recipebatch.emulator.engine.nodes import AutoScale, LogUploads, NodeRecovery, PoolLifecycle
from recipebatch.emulator.engine.retention import Retention
from recipebatch.emulator.engine.tasks import TaskAttempts
from recipebatch.emulator.engine.transient_states import TransientStates
from recipebatch.emulator.node_agent import kill_orphan_processes, machine_environment, remove_orphan_containers
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.state import (
        Account,
        AccountRegistry,
        JobRecord,
        NodeRecord,
        PoolRecord,
        ScheduleRecord,
        TaskRecord,
    )

__all__ = ["Engine"]


class Engine:
    """Carries out the work that the state of the accounts requires; a `Listener` of that state."""

    def __init__(self, service: AccountRegistry, *, root: Path, account_url: str) -> None:
        self._service = service
        self._root = root
        self._transient = TransientStates(service.clock)
        self._attempts = TaskAttempts(service, machine_environment(os.environ), account_url=account_url)
        self._auto_scale = AutoScale(service, root=root)
        self._pools = PoolLifecycle(self._attempts, self._transient, on_steady=self._auto_scale.pool_steady)
        self._jobs = JobLifecycle(self._attempts, self._transient)
        self._schedules = JobSchedules(service, self._transient)
        self._retention = Retention(service, self._attempts)
        self._uploads = LogUploads()
        self._recovery = NodeRecovery()

    @property
    def running(self) -> int:
        """The number of running tasks and start tasks."""
        return len(self._attempts) + self._pools.booting

    async def start(self) -> None:
        """Take over from an earlier emulator: kill its orphan processes and containers, requeue its tasks."""
        await asyncio.to_thread(partial(kill_orphan_processes, self._root / "accounts"))
        await asyncio.to_thread(partial(remove_orphan_containers, self._root / "accounts"))
        self._service.attach(self)
        for account in list(self._service.accounts.values()):
            for job in list(account.jobs.values()):
                for state in (TaskState.RUNNING, TaskState.PREPARING):
                    for task in job.tasks.in_state(state):
                        task_transitions.requeue_task(account, job, task)
                for node_id, known in list(job.on_nodes.items()):
                    for kind in ("release", "preparation"):
                        if known.get(kind, {}).get("state") == "running":
                            job_transitions.remove_node_status(account, job, node_id, kind)
                self._jobs.reconcile(account, job)
            for pool in list(account.pools.values()):
                self._auto_scale.reconcile(account, pool)
                self._pools.resume(account, pool)
                self._attempts.wake(account, pool.key)
            for schedule in list(account.schedules.values()):
                self._schedules.reconcile(account, schedule)
        self._auto_scale.start()
        self._retention.start()

    async def stop(self) -> None:
        """End all running processes and requeue their tasks for the next emulator on this root."""
        self._auto_scale.stop()
        self._retention.stop()
        self._recovery.stop()
        await self._uploads.stop()
        await self._schedules.stop()
        await self._jobs.stop()
        await self._pools.stop()
        await self._attempts.stop()

    def pool_changed(self, account: Account, pool: PoolRecord) -> None:
        """See `Listener`."""
        self._auto_scale.reconcile(account, pool)
        self._pools.reconcile(account, pool)

    def node_changed(self, account: Account, pool: PoolRecord, node: NodeRecord, option: str | None) -> None:
        """See `Listener`."""
        if option is None:
            self._attempts.wake(account, pool.key)
        else:
            self._attempts.empty_node(node, option)
            self._recovery.reconcile(account, pool, node)

    def power_changed(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """See `Listener`."""
        self._pools.power(account, pool, node)

    def work_changed(self, account: Account, pool_key: str) -> None:
        """See `Listener`."""
        self._attempts.wake(account, pool_key)

    def job_changed(self, account: Account, job: JobRecord) -> None:
        """See `Listener`."""
        self._jobs.reconcile(account, job)
        self._schedules.job_changed(account, job)

    def job_removed(self, account: Account, job: JobRecord) -> None:
        """See `Listener`."""
        self._schedules.job_changed(account, job, gone=True)

    def upload_requested(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """See `Listener`."""
        self._uploads.begin(container_url, blobs)

    def schedule_changed(self, account: Account, schedule: ScheduleRecord) -> None:
        """See `Listener`."""
        self._schedules.reconcile(account, schedule)

    def task_completed(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """See `Listener`."""
        self._jobs.task_completed(account, job, task)
        self._retention.task_completed(account, job, task)

    def task_stopped(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """See `Listener`."""
        self._attempts.end(account, job, task)

    def record_read(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """See `Listener`."""
        self._transient.mark_read(record)
