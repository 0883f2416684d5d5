from __future__ import annotations

from typing import Any

import pytest

from recipebatch.errors import UsageError
from recipebatch.service import BatchService, BlobStore, guarded_batch, guarded_blobs
from recipebatch.service.guarded_services import BATCH_CHANGES, BLOB_CHANGES

READS = {
    "active_jobs",
    "find_tasks",
    "get_job",
    "get_job_schedule",
    "get_pool",
    "get_task",
    "jobs_of_schedule",
    "jobs_on_pool",
    "list_labeled",
    "list_pools",
    "list_nodes",
    "list_node_files",
    "list_task_files",
    "list_task_ids",
    "list_tasks",
    "node_file_tail",
    "node_file",
    "upload_node_logs",
    "preparations",
    "releases",
    "read_task_file",
    "supported_images",
    "task_file_from",
    "task_file_tail",
    "task_totals",
    "account_name",
    "blob_end",
    "blob_sas",
    "blob_url",
    "close",
    "container_metadata",
    "container_sas",
    "container_url",
    "download",
    "list_blobs",
    "read_document",
    "signs_with_entra_id",
    "acquire_lease",
    "break_lease",
}


def methods(protocol: type) -> set[str]:
    return {name for name in vars(protocol) if not name.startswith("_")}


def test_every_method_of_the_services_is_known_to_change_something_or_not_to() -> None:
    assert methods(BatchService) | methods(BlobStore) == BATCH_CHANGES | BLOB_CHANGES | READS


class Service:
    """Records what is called, whatever it is."""

    account_name = "one"

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(*_args: object, **_named: object) -> str:
            self.calls.append(name)
            return name

        return call


def lost() -> None:
    raise UsageError("the lock was lost")


@pytest.mark.parametrize(
    ("guard", "changes"), [(guarded_batch, BATCH_CHANGES), (guarded_blobs, BLOB_CHANGES)], ids=["batch", "blobs"]
)
def test_without_the_lock_nothing_is_changed_and_everything_can_be_read(guard: Any, changes: frozenset[str]) -> None:
    service = Service()
    guarded = guard(service, lost)
    for name in sorted(changes):
        with pytest.raises(UsageError, match="the lock was lost"):
            getattr(guarded, name)("x")
    assert service.calls == []
    assert guarded.list_blobs("x") == "list_blobs"
    assert guarded.account_name == "one"


def test_with_the_lock_changes_go_through() -> None:
    service = Service()
    guarded: Any = guarded_batch(service, lambda: None)
    assert guarded.delete_pool("p") == "delete_pool"
    assert service.calls == ["delete_pool"]
