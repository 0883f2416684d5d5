"""Files of tasks and nodes, on the emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.policies import SansIOHTTPPolicy
from plans import a_job, a_plan, a_pool, a_task
from waiting import wait_for

from recipebatch.service import SignedAccess
from recipebatch.service.azure.batch_client import AzureBatch

if TYPE_CHECKING:
    from recipebatch.emulator import Emulator
    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret


def no_secret(name: str) -> Secret:
    raise AssertionError(f"{name} was asked for")


@pytest.fixture
def access(blobs: AzureBlobs) -> SignedAccess:
    return SignedAccess(a_plan(), blobs, expiry=datetime.now(UTC) + timedelta(hours=1), secret_value=no_secret)


def _create_pool(batch: AzureBatch, access: SignedAccess, *, nodes: int) -> None:
    pool = a_pool(target_dedicated_nodes=nodes)
    batch.create_pool(pool, node_agent_sku_id="batch.node.ubuntu 24.04", access=access)


def test_a_task_that_never_ran_has_no_files(batch: AzureBatch, access: SignedAccess) -> None:
    _create_pool(batch, access, nodes=0)
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    batch.add_tasks("j1", [a_task("t")], access=access)
    assert batch.list_task_files("j1", "t") == ()
    assert batch.read_task_file("j1", "t", "stdout.txt") is None
    assert batch.task_file_tail("j1", "t", "stdout.txt", size=10) == ""


def test_a_file_of_a_task_is_read_whole_from_an_offset_and_from_its_end(
    batch: AzureBatch, access: SignedAccess
) -> None:
    _create_pool(batch, access, nodes=1)
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    batch.add_tasks("j1", [a_task("t", command_line="/bin/sh -c 'printf 0123456789'")], access=access)
    wait_for(lambda: [task.state for task in batch.list_tasks("j1")] == ["completed"], "the end of the task")
    assert {file.name: file.size for file in batch.list_task_files("j1", "t")}["stdout.txt"] == 10
    pieces = batch.read_task_file("j1", "t", "stdout.txt")
    assert pieces is not None
    assert b"".join(pieces) == b"0123456789"
    assert batch.task_file_from("j1", "t", "stdout.txt", offset=4) == b"456789"
    assert batch.task_file_from("j1", "t", "stdout.txt", offset=10) == b""
    assert batch.task_file_tail("j1", "t", "stdout.txt", size=3) == "789"
    assert batch.task_file_tail("j1", "t", "stdout.txt", size=100) == "0123456789"
    assert batch.task_file_tail("j1", "t", "stderr.txt", size=100) == ""
    assert batch.read_task_file("j1", "t", "nothing.txt") is None


class NoLength(SansIOHTTPPolicy[Any, Any]):
    """Drops the length of answers without a body, as some proxies do."""

    def on_response(self, request: Any, response: Any) -> None:
        if request.http_request.method == "HEAD":
            response.http_response.headers.pop("Content-Length", None)


def test_the_end_of_a_file_is_read_where_a_proxy_drops_its_length(emulator: Emulator, access: SignedAccess) -> None:
    account = emulator.new_account()
    key = AzureNamedKeyCredential(account.name, account.key.reveal())
    with BatchClient(account.endpoint, key, per_retry_policies=[NoLength()]) as client:
        batch = AzureBatch(client)
        _create_pool(batch, access, nodes=1)
        batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
        batch.add_tasks("j1", [a_task("t", command_line="/bin/sh -c 'printf 0123456789'")], access=access)
        wait_for(lambda: [task.state for task in batch.list_tasks("j1")] == ["completed"], "the end of the task")
        assert batch.task_file_tail("j1", "t", "stdout.txt", size=3) == "789"
        assert batch.task_file_tail("j1", "t", "stderr.txt", size=3) == ""
