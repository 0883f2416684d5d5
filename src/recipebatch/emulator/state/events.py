"""Listener: how the state notifies the engine of changes, without knowing the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from recipebatch.emulator.state.records import JobRecord, NodeRecord, PoolRecord, ScheduleRecord, TaskRecord


AccountT_contra = TypeVar("AccountT_contra", contravariant=True)


class Listener(Protocol[AccountT_contra]):
    """Every method returns at once and is called on the thread of the event loop, after the change."""

    def pool_changed(self, account: AccountT_contra, pool: PoolRecord) -> None:
        """A pool was made, resized, stopped or marked for deletion."""

    def node_changed(self, account: AccountT_contra, pool: PoolRecord, node: NodeRecord, option: str | None) -> None:
        """A node takes tasks again, or no longer; then `option` says what becomes of those it runs."""

    def power_changed(self, account: AccountT_contra, pool: PoolRecord, node: NodeRecord) -> None:
        """A node is to reboot, to be deallocated or to start, as its state says."""

    def work_changed(self, account: AccountT_contra, pool_key: str) -> None:
        """A task of some job on that pool became ready to run, or slots for one became free."""

    def job_changed(self, account: AccountT_contra, job: JobRecord) -> None:
        """A job was made, updated, disabled, enabled, terminated or marked for deletion, or its last task ended."""

    def task_completed(self, account: AccountT_contra, job: JobRecord, task: TaskRecord) -> None:
        """A task was completed, for any reason; its job and its dependents may be affected."""

    def task_stopped(self, account: AccountT_contra, job: JobRecord, task: TaskRecord) -> None:
        """A task's process, if it has one, must end: the task was terminated or deleted."""

    def job_gone(self, account: AccountT_contra, job: JobRecord) -> None:
        """A deleted job was removed."""

    def upload_requested(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """These files are to be uploaded, by name; the URL carries a SAS."""

    def schedule_changed(self, account: AccountT_contra, schedule: ScheduleRecord) -> None:
        """A job schedule was made, updated, disabled, enabled, terminated or marked for deletion."""

    def seen(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """A client has read this record in a transient state."""


class NullListener:
    """The listener until the engine is attached."""

    def pool_changed(self, account: object, pool: PoolRecord) -> None:
        """Nothing."""

    def node_changed(self, account: object, pool: PoolRecord, node: NodeRecord, option: str | None) -> None:
        """Nothing."""

    def power_changed(self, account: object, pool: PoolRecord, node: NodeRecord) -> None:
        """Nothing."""

    def work_changed(self, account: object, pool_key: str) -> None:
        """Nothing."""

    def job_changed(self, account: object, job: JobRecord) -> None:
        """Nothing."""

    def task_completed(self, account: object, job: JobRecord, task: TaskRecord) -> None:
        """Nothing."""

    def task_stopped(self, account: object, job: JobRecord, task: TaskRecord) -> None:
        """Nothing."""

    def job_gone(self, account: object, job: JobRecord) -> None:
        """Nothing."""

    def upload_requested(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """Nothing."""

    def schedule_changed(self, account: object, schedule: ScheduleRecord) -> None:
        """Nothing."""

    def seen(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """Nothing."""
