"""Services that check the lock of a run before each change: a command that lost it changes nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.service.protocols import BatchService, BlobStore

BATCH_CHANGES = frozenset(
    {
        "add_tasks",
        "create_job",
        "create_job_schedule",
        "create_pool",
        "delete_job",
        "delete_job_schedule",
        "delete_pool",
        "disable_job",
        "disable_job_schedule",
        "enable_job",
        "enable_job_schedule",
        "end_job_when_tasks_complete",
        "reactivate_task",
        "refresh_start_task",
        "resize_pool",
        "retry_allocation",
        "scale_pool",
        "terminate_job",
        "terminate_job_schedule",
        "terminate_task",
    }
)
"""The methods of a `BatchService` that change something."""

BLOB_CHANGES = frozenset({"create_container", "delete_container", "delete_document", "upload", "write_document"})
"""The methods of a `BlobStore` that change something; leases are what the lock itself is made of."""


def guarded_batch(batch: BatchService, check_lock: Callable[[], None]) -> BatchService:
    """The Batch account, with `check_lock` called before each change."""
    return cast("BatchService", _Guarded(batch, BATCH_CHANGES, check_lock))


def guarded_blobs(blobs: BlobStore, check_lock: Callable[[], None]) -> BlobStore:
    """The storage account, with `check_lock` called before each change."""
    return cast("BlobStore", _Guarded(blobs, BLOB_CHANGES, check_lock))


class _Guarded:
    def __init__(self, service: object, changes: frozenset[str], check_lock: Callable[[], None]) -> None:
        self._service = service
        self._changes = changes
        self._check_lock = check_lock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        if name not in self._changes:
            return found

        def checked(*args: Any, **kwargs: Any) -> Any:
            self._check_lock()
            return found(*args, **kwargs)

        return checked
