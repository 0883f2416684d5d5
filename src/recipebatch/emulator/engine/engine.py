"""On every change: snapshot, decide, apply; the only room that waits.

The door: `Loop`. It hears of changes (`state.listener`), asks `scheduler` what should happen, starts and ends runs
with `node_runner`, and writes the outcome with the moves of `state`. It sleeps between events; nothing is polled.
`pools.py` keeps nodes, `runs.py` places and runs tasks, `jobs.py` ends jobs, `retention.py` removes old files,
`passing.py` shows states that pass.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.job_lifecycle import Jobs
from recipebatch.emulator.engine.job_schedules import Schedules
from recipebatch.emulator.engine.nodes import AutoScale, Pools, Returns, Uploads
from recipebatch.emulator.engine.retention import Retention
from recipebatch.emulator.engine.tasks import Runs
from recipebatch.emulator.engine.transient_states import Passing
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

__all__ = ["Loop"]


class Loop:
    """Works on the state of one service; a `state.listener.Listener`."""

    def __init__(self, service: AccountRegistry, *, root: Path, account_url: str) -> None:
        self._service = service
        self._root = root
        self._passing = Passing(service.clock)
        self._runs = Runs(service, machine_environment(os.environ), account_url=account_url)
        self._auto_scale = AutoScale(service, root=root)
        self._pools = Pools(self._runs, self._passing, on_steady=self._auto_scale.steady)
        self._jobs = Jobs(self._runs, self._passing)
        self._schedules = Schedules(service, self._passing)
        self._retention = Retention(service, self._runs)
        self._uploads = Uploads()
        self._returns = Returns()

    @property
    def running(self) -> int:
        """Tasks and start tasks that run now."""
        return len(self._runs) + self._pools.booting

    async def start(self) -> None:
        """Take up the work an earlier emulator left: what it left running is ended, its tasks wait for a node again."""
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
                            job_transitions.forget_on_node(account, job, node_id, kind)
                self._jobs.attend(account, job)
            for pool in list(account.pools.values()):
                self._auto_scale.attend(account, pool)
                self._pools.resume(account, pool)
                self._runs.wake(account, pool.key)
            for schedule in list(account.schedules.values()):
                self._schedules.attend(account, schedule)
        self._auto_scale.start()
        self._retention.start()

    async def stop(self) -> None:
        """End everything that runs; the tasks wait for a node again, for the next emulator on this root."""
        self._auto_scale.stop()
        self._retention.stop()
        self._returns.stop()
        await self._uploads.stop()
        await self._schedules.stop()
        await self._jobs.stop()
        await self._pools.stop()
        await self._runs.stop()

    def pool_changed(self, account: Account, pool: PoolRecord) -> None:
        """See `Listener`."""
        self._auto_scale.attend(account, pool)
        self._pools.attend(account, pool)

    def node_changed(self, account: Account, pool: PoolRecord, node: NodeRecord, option: str | None) -> None:
        """See `Listener`."""
        if option is None:
            self._runs.wake(account, pool.key)
        else:
            self._runs.empty_node(node, option)
            self._returns.attend(account, pool, node)

    def power_changed(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """See `Listener`."""
        self._pools.power(account, pool, node)

    def work_changed(self, account: Account, pool_key: str) -> None:
        """See `Listener`."""
        self._runs.wake(account, pool_key)

    def job_changed(self, account: Account, job: JobRecord) -> None:
        """See `Listener`."""
        self._jobs.attend(account, job)
        self._schedules.job_changed(account, job)

    def job_gone(self, account: Account, job: JobRecord) -> None:
        """See `Listener`."""
        self._schedules.job_changed(account, job, gone=True)

    def blobs_wanted(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """See `Listener`."""
        self._uploads.begin(container_url, blobs)

    def schedule_changed(self, account: Account, schedule: ScheduleRecord) -> None:
        """See `Listener`."""
        self._schedules.attend(account, schedule)

    def task_completed(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """See `Listener`."""
        self._jobs.task_completed(account, job, task)
        self._retention.task_completed(account, job, task)

    def task_stopped(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """See `Listener`."""
        self._runs.end(account, job, task)

    def seen(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """See `Listener`."""
        self._passing.seen(record)
