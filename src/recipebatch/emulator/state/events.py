"""Listener: the interface by which the state notifies the engine of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from recipebatch.emulator.state.records import JobRecord, NodeRecord, PoolRecord, ScheduleRecord, TaskRecord


AccountT_contra = TypeVar("AccountT_contra", contravariant=True)


class Listener(Protocol[AccountT_contra]):
    """Methods must not block; they are called on the event loop's thread, after the change."""

    def pool_changed(self, account: AccountT_contra, pool: PoolRecord) -> None:
        """A pool was created or marked for deletion, or a resize was requested or stopped."""

    def node_changed(self, account: AccountT_contra, pool: PoolRecord, node: NodeRecord, option: str | None) -> None:
        """Scheduling on a node was enabled or disabled; `option` says what happens to its running tasks."""

    def power_changed(self, account: AccountT_contra, pool: PoolRecord, node: NodeRecord) -> None:
        """A node is to be rebooted, deallocated or started, depending on its state."""

    def work_changed(self, account: AccountT_contra, pool_key: str) -> None:
        """On that pool a task became ready to run, or slots became free."""

    def job_changed(self, account: AccountT_contra, job: JobRecord) -> None:
        """A job was created, updated, disabled, enabled, terminated or marked for deletion, or its last task ended."""

    def task_completed(self, account: AccountT_contra, job: JobRecord, task: TaskRecord) -> None:
        """A task was completed for any reason; this may affect its job and its dependents."""

    def task_stopped(self, account: AccountT_contra, job: JobRecord, task: TaskRecord) -> None:
        """A task was terminated or deleted; its process, if any, must be ended."""

    def job_removed(self, account: AccountT_contra, job: JobRecord) -> None:
        """A deleted job was removed."""

    def upload_requested(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """Files, by name, are to be uploaded; the URL contains a SAS."""

    def schedule_changed(self, account: AccountT_contra, schedule: ScheduleRecord) -> None:
        """A job schedule was created, updated, disabled, enabled, terminated or marked for deletion."""

    def record_read(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """A client has read this record while it was in a transient state."""


class NullListener:
    """Ignores all events; used until the engine is attached."""

    def pool_changed(self, account: object, pool: PoolRecord) -> None:
        """Ignored."""

    def node_changed(self, account: object, pool: PoolRecord, node: NodeRecord, option: str | None) -> None:
        """Ignored."""

    def power_changed(self, account: object, pool: PoolRecord, node: NodeRecord) -> None:
        """Ignored."""

    def work_changed(self, account: object, pool_key: str) -> None:
        """Ignored."""

    def job_changed(self, account: object, job: JobRecord) -> None:
        """Ignored."""

    def task_completed(self, account: object, job: JobRecord, task: TaskRecord) -> None:
        """Ignored."""

    def task_stopped(self, account: object, job: JobRecord, task: TaskRecord) -> None:
        """Ignored."""

    def job_removed(self, account: object, job: JobRecord) -> None:
        """Ignored."""

    def upload_requested(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """Ignored."""

    def schedule_changed(self, account: object, schedule: ScheduleRecord) -> None:
        """Ignored."""

    def record_read(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """Ignored."""
