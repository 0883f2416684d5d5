"""What an account has of all its users, on the emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from plans import a_job, a_plan, a_pool

from recipebatch.service import SignedAccess

if TYPE_CHECKING:
    from recipebatch.service.azure.batch_client import AzureBatch
    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret


def no_secret(name: str) -> Secret:
    raise AssertionError(f"{name} was asked for")


def test_pools_with_and_without_labels_and_the_jobs_that_use_them(batch: AzureBatch, blobs: AzureBlobs) -> None:
    access = SignedAccess(a_plan(), blobs, expiry=datetime.now(UTC) + timedelta(hours=1), secret_value=no_secret)
    mine = a_pool(target_dedicated_nodes=0, metadata=(("recipebatch_run", "r1"),))
    other = a_pool(id="p2", target_dedicated_nodes=0)
    for pool in (mine, other):
        batch.create_pool(pool, node_agent_sku_id="batch.node.ubuntu 24.04", access=access)
    batch.create_job(a_job(priority=7, max_parallel_tasks=3), pool=mine, agent=None, access=access)
    assert {pool.id for pool in batch.list_pools()} == {"p1", "p2"}
    assert [(each.kind, each.name) for each in batch.list_labeled("recipebatch_run")] == [("pool", "p1")]
    assert (batch.jobs_on_pool("p1"), batch.jobs_on_pool("p2"), batch.active_jobs()) == (("j1",), (), ("j1",))
    seen = batch.get_job("j1")
    assert seen is not None
    assert (seen.priority, seen.max_parallel_tasks) == (7, 3)
