"""One Batch account: its key, pools, jobs and job schedules, and their lookup."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.faults import Faults
from recipebatch.emulator.state.settings import AccountSettings

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.state.clock import Clock
    from recipebatch.emulator.state.events import Listener
    from recipebatch.emulator.state.persistence import Store
    from recipebatch.emulator.state.records import JobRecord, NodeRecord, PoolRecord, ScheduleRecord, TaskRecord


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    """One account; accounts are isolated from each other.

    Attributes:
        key: signs its requests.
        directory: `accounts/<name>` below the emulator's root; holds `pools/<pool>/<node>/`.
        faults: injected by tests; in memory only.
        definitions: kind and key of a pool, job or schedule → bytes of its definition; `tasks` and the number of
            a job → those of its tasks.
        definition_bytes: their sum.
        jobs_by_pool: pool key → sequence number → job, for every job that may run tasks in the pool.
    """

    name: str
    key: bytes = field(repr=False)
    directory: Path
    store: Store
    clock: Clock
    listener: Listener[Account]
    pools: dict[str, PoolRecord] = field(default_factory=dict)
    jobs: dict[str, JobRecord] = field(default_factory=dict)
    jobs_by_pool: dict[str, dict[int, JobRecord]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    schedules: dict[str, ScheduleRecord] = field(default_factory=dict)
    settings: AccountSettings = field(default_factory=AccountSettings)
    definitions: dict[tuple[str, str], int] = field(default_factory=dict)
    definition_bytes: int = 0

    def count_definitions(self) -> None:
        """Count the definitions of all records that were loaded."""
        for kind, records in (("pool", self.pools), ("job", self.jobs), ("schedule", self.schedules)):
            for key, record in records.items():
                self.definitions[kind, key] = len(json.dumps(record.body))
        for job in self.jobs.values():
            self.definitions["tasks", str(job.seq)] = sum(len(task.spec) for task in job.tasks)
        self.definition_bytes = sum(self.definitions.values())

    def pool(self, pool_id: str) -> PoolRecord:
        """Raises: BatchError PoolNotFound."""
        if (pool := self.pools.get(pool_id.lower())) is None:
            raise BatchError("PoolNotFound")
        return pool

    def node(self, pool_id: str, node_id: str) -> tuple[PoolRecord, NodeRecord]:
        """Raises: BatchError PoolNotFound or NodeNotFound."""
        pool = self.pool(pool_id)
        if (node := pool.nodes.get(node_id.lower())) is None:
            raise BatchError("NodeNotFound")
        return pool, node

    def job(self, job_id: str) -> JobRecord:
        """Raises: BatchError JobNotFound."""
        if (job := self.jobs.get(job_id.lower())) is None:
            raise BatchError("JobNotFound")
        return job

    def schedule(self, schedule_id: str) -> ScheduleRecord:
        """Raises: BatchError JobScheduleNotFound."""
        if (schedule := self.schedules.get(schedule_id.lower())) is None:
            raise BatchError("JobScheduleNotFound")
        return schedule

    def schedule_of(self, job: JobRecord) -> ScheduleRecord | None:
        """The schedule that created the job, if any."""
        schedule_key, colon, _ = job.key.partition(":")
        return self.schedules.get(schedule_key) if colon else None

    def task(self, job_id: str, task_id: str) -> tuple[JobRecord, TaskRecord]:
        """Raises: BatchError JobNotFound or TaskNotFound."""
        job = self.job(job_id)
        if (task := job.tasks.get(task_id.lower())) is None:
            raise BatchError("TaskNotFound")
        return job, task

    def node_root(self, pool_id: str, node_id: str) -> Path:
        """The node's directory, `AZ_BATCH_NODE_ROOT_DIR`."""
        return self.directory / "pools" / pool_id / node_id

    def bind(self, job: JobRecord) -> None:
        """Allow the job to run tasks on the nodes of its pool."""
        self.jobs_by_pool.setdefault(job.pool_key, {})[job.seq] = job

    def unbind(self, job: JobRecord, pool_key: str | None = None) -> None:
        """Undo `bind`, for its current pool or for an earlier one."""
        bound = self.jobs_by_pool.get(pool_key or job.pool_key, {})
        bound.pop(job.seq, None)
        if not bound:
            self.jobs_by_pool.pop(pool_key or job.pool_key, None)
