"""How the state tells the loop that something changed, without knowing the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from recipebatch.emulator.state.records import JobRecord, NodeRecord, PoolRecord, ScheduleRecord, TaskRecord


AccountT_contra = TypeVar("AccountT_contra", contravariant=True)


class Listener(Protocol[AccountT_contra]):
    """Every method returns at once and is called on the loop's own thread, after the change."""

    def pool_changed(self, account: AccountT_contra, pool: PoolRecord) -> None:
        """A pool was made, resized, stopped or marked for deletion."""

    def node_changed(self, account: AccountT_contra, pool: PoolRecord, node: NodeRecord, option: str | None) -> None:
        """A node takes tasks again, or no longer; then `option` says what becomes of those it runs."""

    def power_changed(self, account: AccountT_contra, pool: PoolRecord, node: NodeRecord) -> None:
        """A node is to reboot, to be deallocated or to start, as its state says."""

    def work_changed(self, account: AccountT_contra, pool_key: str) -> None:
        """A task of some job on that pool became ready to run, or there is room for one."""

    def job_changed(self, account: AccountT_contra, job: JobRecord) -> None:
        """A job was made, updated, disabled, enabled, terminated or marked for deletion, or its last task ended."""

    def task_completed(self, account: AccountT_contra, job: JobRecord, task: TaskRecord) -> None:
        """A task was completed, in whatever way; what follows for its job and its dependents is to be decided."""

    def task_stopped(self, account: AccountT_contra, job: JobRecord, task: TaskRecord) -> None:
        """A task's process, if it has one, must end: the task was terminated or deleted."""

    def job_gone(self, account: AccountT_contra, job: JobRecord) -> None:
        """A job that was deleted is forgotten."""

    def blobs_wanted(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """These texts are to be uploaded, by name; the URL carries a SAS."""

    def schedule_changed(self, account: AccountT_contra, schedule: ScheduleRecord) -> None:
        """A job schedule was made, updated, disabled, enabled, terminated or marked for deletion."""

    def seen(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """A client has read this thing in the state it is passing through."""


class NullListener:
    """The listener of a state that nobody works on yet."""

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

    def blobs_wanted(self, container_url: str, blobs: dict[str, bytes]) -> None:
        """Nothing."""

    def schedule_changed(self, account: object, schedule: ScheduleRecord) -> None:
        """Nothing."""

    def seen(self, record: PoolRecord | JobRecord | NodeRecord | ScheduleRecord) -> None:
        """Nothing."""
