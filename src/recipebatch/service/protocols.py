"""BatchService, BlobStore: what the phases ask of the services. Every call may raise `ServiceError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from recipebatch.plan.model import PlannedAutoScale, PlannedJob, PlannedPool, PlannedTask
    from recipebatch.properties.deferred import Text
    from recipebatch.properties.files import ResourceFile
    from recipebatch.report import TaskTotals
    from recipebatch.service.documents import Document, Lease
    from recipebatch.service.snapshots import (
        BlobSnapshot,
        JobSnapshot,
        LabeledResource,
        NodeSnapshot,
        PoolSnapshot,
        PreparationSnapshot,
        ReleaseSnapshot,
        ScheduleSnapshot,
        SupportedImage,
        TaskAddResult,
        TaskFile,
        TaskSnapshot,
    )
    from recipebatch.text.secret import Secret


class NodeAccess(Protocol):
    """What a request needs so that nodes reach containers and secrets; `node_access.SignedAccess` gives it."""

    @property
    def expiry(self) -> datetime:
        """When every SAS given out ends."""

    def text(self, text: Text) -> str:
        """A text of the plan with its deferred values filled in."""

    def identity_of(self, logical: str | None) -> str | None:
        """The managed identity by which nodes reach a container; None where a SAS does it."""

    def resource_url(self, file: ResourceFile) -> str:
        """Where a node downloads one resource file, or the files of one container, from; read permission only."""

    def upload_url(self, logical: str) -> str:
        """Where a node uploads output files to; may create and write, not read."""

    def address(self, logical: str) -> tuple[str, str]:
        """The storage account and the container's name."""

    def mount_token(self, logical: str, *, read_only: bool) -> str:
        """A SAS by which a node mounts a container."""


class BatchService(Protocol):
    """A Batch account."""

    def supported_images(self) -> tuple[SupportedImage, ...]:
        """The marketplace images nodes can run."""

    def get_pool(self, pool_id: str) -> PoolSnapshot | None:
        """The pool, or None if there is none."""

    def create_pool(self, pool: PlannedPool, *, node_agent_sku_id: str, access: NodeAccess) -> bool:
        """Create a pool; False if one with that id was there already."""

    def resize_pool(self, pool: PlannedPool) -> None:
        """Ask for the planned number of nodes."""

    def scale_pool(self, pool_id: str, rule: PlannedAutoScale) -> bool:
        """Let a formula decide on the number of nodes from now on; it is evaluated at once.

        False if the service was asked so less than half a minute before, and does not take it yet.
        """

    def refresh_start_task(self, pool: PlannedPool, *, access: NodeAccess) -> None:
        """Give nodes that come from now on a start task with new SAS, and the pool its marks."""

    def retry_allocation(self, pool_id: str) -> None:
        """Have the nodes of a scaled pool allocated that the service could not give; it is not scaled afterwards."""

    def delete_pool(self, pool_id: str) -> bool:
        """Ask for deletion; False if there is no such pool. Answers before it is gone."""

    def list_nodes(self, pool_id: str) -> tuple[NodeSnapshot, ...]:
        """The nodes of a pool; empty if there is no such pool."""

    def node_file_tail(self, pool_id: str, node_id: str, path: str, *, size: int) -> str:
        """The last bytes of a node's file as text; empty if it cannot be read."""

    def node_file(self, pool_id: str, node_id: str, path: str) -> bytes | None:
        """A node's file; None if there is no such file, or it cannot be read in the state of the node."""

    def list_node_files(self, pool_id: str, node_id: str, folder: str) -> tuple[TaskFile, ...]:
        """The files below a folder of a node; empty if it has none (yet, or any more)."""

    def upload_node_logs(
        self, pool_id: str, node_id: str, *, container_url: Secret, since: datetime
    ) -> tuple[str, int]:
        """Have the Batch agent of a node upload its logs; the folder in the container, and the number of files.

        Answers before they are there.

        Args:
            pool_id: of the node.
            node_id: its id.
            container_url: with a SAS that may write.
            since: of what time on.
        """

    def list_labeled(self, mark: str) -> tuple[LabeledResource, ...]:
        """The jobs, job schedules and pools whose metadata has a name, in this order; not those that are going."""

    def list_pools(self) -> tuple[PoolSnapshot, ...]:
        """All pools of the account, of all users."""

    def jobs_on_pool(self, pool_id: str) -> tuple[str, ...]:
        """The ids of jobs, and of job schedules, that have not completed and use a pool, of all users."""

    def active_jobs(self) -> tuple[str, ...]:
        """The ids of all jobs and job schedules of the account that have not completed, of all users."""

    def get_job(self, job_id: str) -> JobSnapshot | None:
        """The job, or None if there is none."""

    def create_job(self, job: PlannedJob, *, pool: PlannedPool, agent: str | None, access: NodeAccess) -> bool:
        """Create a job that does not end by itself; False if one with that id was there already.

        Args:
            agent: the node agent SKU of a pool that is made with the job; None uses a pool that is there.
        """

    def get_job_schedule(self, schedule_id: str) -> ScheduleSnapshot | None:
        """The schedule, or None if there is none."""

    def jobs_of_schedule(self, schedule_id: str) -> tuple[JobSnapshot, ...]:
        """The jobs that a schedule made and that are there, oldest first; empty if there is no such schedule."""

    def create_job_schedule(self, job: PlannedJob, *, pool: PlannedPool, agent: str | None, access: NodeAccess) -> bool:
        """Create the schedule of a job, under the job's id; False if one with that id was there already.

        `agent` is as in `create_job`.
        """

    def delete_job_schedule(self, schedule_id: str) -> bool:
        """Ask for deletion, its jobs included; False if there is no such schedule. Answers before it is gone."""

    def preparations(self, job_id: str) -> tuple[PreparationSnapshot, ...]:
        """The job's preparation task on each node on which it ran; empty if it has none."""

    def releases(self, job_id: str) -> tuple[ReleaseSnapshot, ...]:
        """The job's release task on each node on which it ran; empty if it has none."""

    def end_job_when_tasks_complete(self, job_id: str) -> None:
        """From now on the job completes when its last task does."""

    def delete_job(self, job_id: str) -> bool:
        """Ask for deletion; False if there is no such job. Answers before it is gone."""

    def terminate_job(self, job_id: str, *, reason: str) -> bool:
        """Ask for the end of a job and its running tasks; False if it had ended, or there is none."""

    def disable_job(self, job_id: str) -> bool:
        """Ask that a job starts no task, and its running ones wait again; False if it had ended, or there is none."""

    def enable_job(self, job_id: str) -> bool:
        """Let a disabled job start tasks again; False if it is not disabled, or there is none."""

    def terminate_task(self, job_id: str, task_id: str) -> bool:
        """End a task that runs or waits; False if it had ended, or there is none."""

    def terminate_job_schedule(self, schedule_id: str) -> bool:
        """Ask for the end of a schedule and its active job; False if it had ended, or there is none."""

    def disable_job_schedule(self, schedule_id: str) -> bool:
        """Have a schedule make no job; False if it makes none anyway, or there is none."""

    def enable_job_schedule(self, schedule_id: str) -> bool:
        """Have a disabled schedule make jobs again; False if it is not disabled, or there is none."""

    def add_tasks(self, job_id: str, tasks: Sequence[PlannedTask], *, access: NodeAccess) -> tuple[TaskAddResult, ...]:
        """Add up to 100 tasks in as few requests as their size allows; one result per task."""

    def reactivate_task(self, job_id: str, task_id: str) -> bool:
        """Have a completed task that failed run again; False if it is not in such a state (any more)."""

    def task_totals(self, job_id: str) -> TaskTotals:
        """Tasks by state, as the service counts them; may lag behind."""

    def list_task_ids(self, job_id: str) -> frozenset[str]:
        """The ids of all tasks of a job; empty if there is no such job."""

    def list_tasks(self, job_id: str, *, failed_since: datetime | None = None) -> Iterator[TaskSnapshot]:
        """All tasks of a job, or only those that failed at or after a time."""

    def find_tasks(
        self, job_id: str, *, states: Collection[str] = (), changed_since: datetime | None = None, page: int = 1000
    ) -> Iterator[TaskSnapshot]:
        """Tasks of a job with their time limits, by id.

        Args:
            job_id: of the job.
            states: only these: `active`, `preparing`, `running`, `completed`, `succeeded`, `failed`; none is all.
            changed_since: only those whose state changed at or after a time.
            page: how many are asked for at once; the next ones when they are needed.
        """

    def get_task(self, job_id: str, task_id: str) -> tuple[TaskSnapshot, dict[str, Any]] | None:
        """A task, and all that the service answers of it by REST names; None if there is none."""

    def list_task_files(self, job_id: str, task_id: str) -> tuple[TaskFile, ...]:
        """The files of a task; empty if it has none (yet, or any more)."""

    def read_task_file(self, job_id: str, task_id: str, path: str) -> Iterator[bytes] | None:
        """A task's file in pieces, or None if there is none."""

    def task_file_from(self, job_id: str, task_id: str, path: str, *, offset: int) -> bytes | None:
        """A task's file from a byte on, empty at its end; None if there is no such file (yet, or any more)."""

    def task_file_tail(self, job_id: str, task_id: str, path: str, *, size: int) -> str:
        """The last bytes of a task's file as text; empty if it cannot be read."""


class BlobStore(Protocol):
    """A storage account.

    Nodes download from its URLs by HTTP or HTTPS. `tests/service/test_blob_store.py` states what each backend does.
    """

    def close(self) -> None:
        """Close the connections."""

    def blob_end(self, container: str, blob: BlobSnapshot, *, size: int) -> bytes:
        """The last bytes of a blob that was listed; ServiceError if it is no longer the one."""

    @property
    def account_name(self) -> str:
        """The account's name."""

    @property
    def signs_with_entra_id(self) -> bool:
        """SAS are signed with a user delegation key, not with the account's key."""

    def create_container(self, name: str, *, metadata: dict[str, str]) -> bool:
        """Create a container; False if it was there already."""

    def container_metadata(self, name: str) -> dict[str, str] | None:
        """The container's metadata, or None if there is none (one that is being deleted is not there)."""

    def list_labeled(self, mark: str) -> tuple[LabeledResource, ...]:
        """The containers whose metadata has a name."""

    def delete_container(self, name: str) -> bool:
        """Delete a container; False if there is none."""

    def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
        """The blobs of a container by name; ServiceError if there is no such container."""

    def upload(
        self,
        container: str,
        blob: str,
        source: BinaryIO | bytes,
        *,
        md5: bytes,
        sent: Callable[[int], None],
        content_type: str | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        """Upload an open file, or bytes, over whatever is there; `sent` receives the bytes sent so far."""

    def download(self, container: str, blob: BlobSnapshot, file: BinaryIO, *, received: Callable[[int], None]) -> bytes:
        """Download the rest of a blob to the end of a file that holds its beginning or nothing; the MD5 of the whole.

        Args:
            container: its name.
            blob: as it was listed.
            file: open for reading and writing.
            received: called with the bytes of each piece, first with those that were already there.

        Raises:
            ServiceError: the blob is no longer the one that was listed.
        """

    def container_url(self, name: str) -> str:
        """The container's address, without a SAS."""

    def blob_url(self, container: str, blob: str) -> str:
        """The blob's address, percent-encoded, without a SAS."""

    def container_sas(self, container: str, *, permissions: str, expiry: datetime) -> str:
        """A SAS for a container: the query, without `?`; empty if the store's URLs need none."""

    def blob_sas(self, container: str, blob: str, *, permissions: str, expiry: datetime) -> str:
        """A SAS for one blob: the query, without `?`; empty if the store's URLs need none."""

    def read_document(self, container: str, blob: str) -> Document | None:
        """A small text blob, or None if it or its container is not there."""

    def write_document(self, container: str, blob: str, document: Document) -> str:
        """Write a small text blob if it still has `document.etag` (None: if it is not there); the new ETag.

        Raises:
            DocumentChangedError: someone else wrote it in between.
        """

    def delete_document(self, container: str, blob: str) -> bool:
        """Remove a small text blob; False if there is none."""

    def acquire_lease(self, container: str, blob: str, *, seconds: int) -> Lease | None:
        """Take the lease of a blob that exists; None if someone else holds it."""

    def break_lease(self, container: str, blob: str) -> None:
        """End a lease of any holder; no error if there is none."""
