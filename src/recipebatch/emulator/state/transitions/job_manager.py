"""The job manager task: the first task of its job, added together with the job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recipebatch.emulator.state.persistence import rows
from recipebatch.emulator.state.records import TaskRecord

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import JobRecord, Json

NEVER_MODIFIED = 0x701CE1722770000
"""Ticks of 1601-01-01: the last modification of a job manager task until a client changes it (recorded)."""

_PROPERTIES = (
    *("displayName", "commandLine", "containerSettings", "resourceFiles", "outputFiles", "environmentSettings"),
    *("userIdentity", "constraints", "requiredSlots", "applicationPackageReferences", "authenticationTokenSettings"),
)


def definition(job: JobRecord) -> Json | None:
    """The job's `jobManagerTask`, or None."""
    found: Json | None = job.body.get("jobManagerTask")
    return found


def is_manager(job: JobRecord, task: TaskRecord) -> bool:
    """Whether that task is the job's manager."""
    manager = definition(job)
    return manager is not None and str(manager["id"]).lower() == task.key


def add_manager(account: Account, job: JobRecord) -> None:
    """Add the manager task of a new job, if it has one."""
    manager = definition(job)
    if manager is None:
        return
    spec = {name: manager[name] for name in _PROPERTIES if name in manager}
    task = TaskRecord(
        id=manager["id"],
        seq=job.next_task_seq,
        spec=json.dumps(spec, separators=(",", ":")),
        slots=manager["requiredSlots"],
        created=job.start_time,
        modified=NEVER_MODIFIED,
        state_time=job.start_time,
    )
    job.next_task_seq += 1
    job.tasks.add(task)
    rows.add_task(account.store, job, task)
