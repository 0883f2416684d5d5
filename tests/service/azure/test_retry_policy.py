"""Requests that the service lost, refused for a moment or answered to nobody: asked of the emulator's faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.service import SignedAccess
from recipebatch.service.azure.batch_client import AzureBatch
from recipebatch.service.azure.retry_policy import BatchRetries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.emulator import Emulator
    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret

FAULTS: list[dict[str, Any]] = [
    {"action": "answer", "code": "TooManyRequests"},
    {"action": "answer", "code": "TooManyRequests", "retryAfter": 1},
    {"action": "answer", "code": "ServerBusy"},
    {"action": "answer", "code": "InternalError"},
    {"action": "answer", "code": "InternalError", "when": "after"},
    {"action": "close"},
    {"action": "close", "when": "after"},
]


def no_secret(name: str) -> Secret:
    raise AssertionError(f"nobody needs {name}")


@pytest.fixture
def plain(emulator: Emulator) -> Iterator[BatchClient]:
    """The SDK as it is, on an account of the test's own."""
    account = emulator.new_account()
    key = AzureNamedKeyCredential(account.name, account.key.reveal())
    with BatchClient(emulator.endpoint, key, retry_policy=BatchRetries(retry_backoff_factor=0.01)) as client:
        yield client


@pytest.fixture
def access(blobs: AzureBlobs) -> SignedAccess:
    return SignedAccess(a_plan(), blobs, expiry=datetime.now(UTC) + timedelta(hours=1), secret_value=no_secret)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
def test_every_call_of_a_run_survives_a_fault_and_is_done_once(
    plain: BatchClient, access: SignedAccess, fault: dict[str, Any]
) -> None:
    batch = AzureBatch(plain)

    def trouble(method: str, path: str) -> None:
        asked = {"method": method, "path": path, **fault}
        plain.send_request(HttpRequest("POST", "/$emulator/faults", json=asked)).raise_for_status()

    trouble("POST", "/pools")
    batch.create_pool(a_pool(target_dedicated_nodes=0), node_agent_sku_id="batch.node.ubuntu 24.04", access=access)
    trouble("GET", "/pools/p1")
    assert batch.get_pool("p1") is not None
    trouble("POST", "/jobs")
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    trouble("POST", "/jobs/j1/addtaskcollection")
    results = batch.add_tasks("j1", [a_task("a"), a_task("b")], access=access)
    assert all(result.added or result.already_there for result in results)
    trouble("GET", "/jobs/j1/tasks")
    assert batch.list_task_ids("j1") == {"a", "b"}
    trouble("PATCH", "/jobs/j1")
    batch.end_job_when_tasks_complete("j1")
    trouble("DELETE", "/jobs/j1")
    assert batch.delete_job("j1")
    trouble("DELETE", "/pools/p1")
    assert batch.delete_pool("p1")
    left = plain.send_request(HttpRequest("GET", "/$emulator/faults"))
    left.raise_for_status()
    assert left.json()["value"] == []
