"""Tasks that are found and read, on the emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from plans import a_job, a_plan, a_pool, a_task

from recipebatch.service import SignedAccess

if TYPE_CHECKING:
    import pytest

    from recipebatch.service.azure.batch_client import AzureBatch
    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret


def no_secret(name: str) -> Secret:
    raise AssertionError(f"{name} was asked for")


def test_tasks_are_found_by_state_and_time_a_page_at_a_time(
    batch: AzureBatch, blobs: AzureBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = SignedAccess(a_plan(), blobs, expiry=datetime.now(UTC) + timedelta(hours=1), secret_value=no_secret)
    empty = a_pool(target_dedicated_nodes=0)
    batch.create_pool(empty, node_agent_sku_id="batch.node.ubuntu 24.04", access=access)
    batch.create_job(a_job(), pool=empty, agent=None, access=access)
    batch.add_tasks("j1", [a_task(name) for name in ("a", "b", "c")], access=access)
    batch.terminate_task("j1", "b")
    assert [task.id for task in batch.find_tasks("j1")] == ["a", "b", "c"]
    assert [task.id for task in batch.find_tasks("j1", states=("failed",))] == ["b"]
    assert [task.id for task in batch.find_tasks("j1", states=("active", "succeeded"))] == ["a", "c"]
    assert [task.id for task in batch.find_tasks("j1", states=("preparing", "running", "completed"))] == ["b"]
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert list(batch.find_tasks("j1", states=("active",), changed_since=soon)) == []
    found = next(batch.find_tasks("j1"))
    assert found.limit is not None
    assert found.created is not None

    sent: list[str] = []
    pipeline = batch._client._client._pipeline
    run = pipeline.run

    def counted(request: Any, **options: Any) -> Any:
        sent.append(request.url)
        return run(request, **options)

    monkeypatch.setattr(pipeline, "run", counted)
    assert next(batch.find_tasks("j1", page=1)).id == "a"
    assert len(sent) == 1
    assert "maxresults=1" in sent[0].lower()


def test_a_task_is_read_with_all_that_the_service_says(batch: AzureBatch, blobs: AzureBlobs) -> None:
    access = SignedAccess(a_plan(), blobs, expiry=datetime.now(UTC) + timedelta(hours=1), secret_value=no_secret)
    batch.create_pool(a_pool(target_dedicated_nodes=0), node_agent_sku_id="batch.node.ubuntu 24.04", access=access)
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    batch.add_tasks("j1", [a_task("t", "/bin/sh -c 'exit 1'")], access=access)
    found = batch.get_task("j1", "t")
    assert found is not None
    assert (found[0].id, found[0].state, found[1]["commandLine"]) == ("t", "active", "/bin/sh -c 'exit 1'")
    assert batch.get_task("j1", "u") is None
