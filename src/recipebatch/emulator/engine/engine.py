"""The engine: takes a snapshot on every change, lets the scheduler decide, and applies the decision.

`Engine` is notified of changes as a `Listener` of the state, lets `scheduler` decide, starts and ends processes
through `node_agent`, and writes the outcome with `state.transitions`. It is event-driven: it never polls.
`nodes` resizes pools and boots nodes, `tasks` places and runs tasks, `job_lifecycle` and `job_schedules` end
jobs and create them, `retention` removes old files, `transient_states` holds a state until a client has read it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from recipebatch.emulator.engine.job_lifecycle import JobLifecycle
from recipebatch.emulator.engine.job_schedules import JobSchedules
from recipebatch.emulator.engine.nodes import AutoScale, LogUploads, NodeRecovery, PoolLifecycle
from recipebatch.emulator.engine.retention import Retention
from recipebatch.emulator.engine.tasks import TaskAttempts
from recipebatch.emulator.engine.transient_states import TransientStates
from recipebatch.emulator.node_agent import (
    PROCESSES,
    in_thread,
    kill_orphan_processes,
    machine_environment,
    remove_orphan_containers,
)
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipebatch.emulator.state import (
        Account,
        AccountRegistry,
        JobRecord,
        Listener,
        NodeRecord,
        PoolRecord,
        ScheduleRecord,
        TaskRecord,
    )

__all__ = ["Engine"]

_LOG = logging.getLogger(__name__)
_ORPHAN_SECONDS = 15.0
"""Seconds that ending the processes, and the containers, of an earlier emulator may take."""


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
        self._held = _HeldEvents()

    @property
    def running(self) -> int:
        """The number of running tasks and start tasks."""
        return len(self._attempts) + self._pools.booting

    def begin(self) -> None:
        """Requeue the tasks of an earlier emulator; events wait until `take_up` is done. Needs the event loop."""
        self._service.attach(cast("Listener[Account]", self._held))
        for account in self._service.accounts.values():
            for job in account.jobs.values():
                _recover_job(account, job)

    async def take_up(self) -> None:
        """Take over from an earlier emulator: kill its orphan processes and containers, continue with its records.

        Requests are served meanwhile. What goes wrong with one record does not affect the others.
        """
        accounts = self._root / "accounts"
        for what, work in (("processes", kill_orphan_processes), ("containers", remove_orphan_containers)):
            try:
                async with asyncio.timeout(_ORPHAN_SECONDS):
                    await in_thread(partial(work, accounts))
            except Exception:  # noqa: BLE001  a failure of one record must not stop the others
                _LOG.exception("cannot end the %s that an earlier service left running", what)
        for account in list(self._service.accounts.values()):
            for job in list(account.jobs.values()):
                with _logged(f"job {job.id}"):
                    self._jobs.reconcile(account, job)
            for pool in list(account.pools.values()):
                with _logged(f"pool {pool.id}"):
                    self._auto_scale.reconcile(account, pool)
                with _logged(f"pool {pool.id}"):
                    self._pools.resume(account, pool)
                self._attempts.wake(account, pool.key)
            for schedule in list(account.schedules.values()):
                with _logged(f"job schedule {schedule.id}"):
                    self._schedules.reconcile(account, schedule)
        for name, start in (("automatic scaling", self._auto_scale.start), ("retention", self._retention.start)):
            with _logged(name):
                start()
        self._service.attach(self)
        for event in self._held.events:
            with _logged("an event"):
                getattr(self, event.name)(*event.arguments, **event.options)

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
        await PROCESSES.end_below(self._root / "accounts")

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


class _Event(NamedTuple):
    name: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]


class _HeldEvents:
    """A `Listener` that keeps the events until the engine has taken up the records of an earlier emulator."""

    def __init__(self) -> None:
        self.events: list[_Event] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        def keep(*arguments: Any, **options: Any) -> None:
            self.events.append(_Event(name, arguments, options))

        return keep


def _recover_job(account: Account, job: JobRecord) -> None:
    """Requeue what was running for a job when an earlier emulator crashed."""
    for state in (TaskState.RUNNING, TaskState.PREPARING):
        for task in job.tasks.in_state(state):
            with _logged(f"task {task.id} of job {job.id}"):
                task_transitions.recover_task(account, job, task)
    for node_id, known in list(job.on_nodes.items()):
        for kind in ("release", "preparation"):
            with _logged(f"node {node_id} of job {job.id}"):
                if known.get(kind, {}).get("state") == "running":
                    job_transitions.remove_node_status(account, job, node_id, kind)


@contextmanager
def _logged(record: str) -> Iterator[None]:
    """Log what goes wrong with one record; the others are continued nevertheless."""
    try:
        yield
    except Exception:  # noqa: BLE001  a failure of one record must not stop the others
        _LOG.exception("cannot continue with %s", record)
