from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from recipebatch.emulator import EmulatorAccount, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import BatchClient
    from azure.storage.blob import BlobServiceClient, ContainerClient

    Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def node(batch: BatchClient, pool: str, until: Until) -> str:
    """The id of an idle node of pool `pool`."""
    found: models.BatchNode = until(lambda: next(iter(n for n in batch.list_nodes(pool) if n.state == "idle"), None))
    return found.id


def test_a_user_is_made_changed_and_removed(wire: Any, node: str) -> None:
    made = wire("POST", f"/pools/pool/nodes/{node}/users", {"name": "ann", "isAdmin": True, "password": "hush"})
    assert made.status == 201
    assert made.headers["location"].endswith(f"/pools/pool/nodes/{node}/users/ann")
    assert made.headers["dataserviceid"] == made.headers["location"]
    again = wire("POST", f"/pools/pool/nodes/{node}/users", {"name": "ann"})
    assert (again.status, again.code) == (409, "NodeUserExists")
    changed = wire("PUT", f"/pools/pool/nodes/{node}/users/ann", {"expiryTime": "2030-01-01T00:00:00Z"})
    assert (changed.status, changed.headers["dataserviceid"]) == (200, made.headers["location"])
    assert wire("DELETE", f"/pools/pool/nodes/{node}/users/ann").status == 200
    gone = wire("DELETE", f"/pools/pool/nodes/{node}/users/ann")
    assert (gone.status, gone.code) == (404, "NodeUserNotFound")


def test_a_users_password_is_on_no_disk(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Any, until: Until
) -> None:
    with start_emulator(tmp_path) as own:
        account = EmulatorAccount(own.endpoint, own.account_name, own.account_key)
        with connect(account) as batch:
            batch.create_pool(
                models.BatchPoolCreateOptions(
                    id="p", vm_size="standard_d2", virtual_machine_configuration=machine, target_dedicated_nodes=1
                )
            )
            node = until(lambda: next((n for n in batch.list_nodes("p") if n.state == "idle"), None))
            user = models.BatchNodeUserCreateOptions(name="ann", password="open-sesame-4711")
            batch.create_node_user("p", node.id, user)
        assert [file for file in tmp_path.glob("state.sqlite3*") if b"ann" in file.read_bytes()]
        assert not [file for file in tmp_path.glob("state.sqlite3*") if b"open-sesame" in file.read_bytes()]


def test_a_user_that_is_not_there_cannot_be_changed(wire: Any, node: str) -> None:
    answer = wire("PUT", f"/pools/pool/nodes/{node}/users/nobody", {"password": "x"})
    assert (answer.status, answer.code) == (404, "NodeUserNotFound")


def test_remote_login_settings_point_to_this_machine(batch: BatchClient, wire: Any, node: str) -> None:
    settings = batch.get_node_remote_login_settings("pool", node)
    assert (settings.remote_login_ip_address, settings.remote_login_port) == ("127.0.0.1", 22)
    answer = wire("GET", f"/pools/pool/nodes/{node}/remoteloginsettings")
    assert answer.headers["dataserviceid"].endswith(f"/nodes/{node}/remoteloginsettings")


def test_a_node_has_no_extensions(batch: BatchClient, node: str) -> None:
    assert list(batch.list_node_extensions("pool", node)) == []
    with pytest.raises(HttpResponseError) as refused:
        batch.get_node_extension("pool", node, "none")
    assert refused.value.error.code == "ResourceNotFound"  # type: ignore[union-attr]


def test_the_verbs_of_later_versions_are_unknown_to_an_earlier_one(wire: Any, account: Any, node: str) -> None:
    old = type(wire)(account, version="2024-02-01.19.0")
    answer = old("POST", f"/pools/pool/nodes/{node}/deallocate")
    assert (answer.status, answer.code) == (400, "InvalidUri")


def test_logs_of_a_time_without_events_are_no_files(wire: Any, node: str) -> None:
    body = {
        "containerUrl": "http://127.0.0.1:9/logs?sig=x",
        "startTime": "2001-01-01T00:00:00Z",
        "endTime": "2002-01-01T00:00:00Z",
    }
    answer = wire("POST", f"/pools/pool/nodes/{node}/uploadbatchservicelogs", body)
    assert answer.status == 200
    assert answer.json()["numberOfFilesUploaded"] == 0
    assert f"/pool/{node}/" in answer.json()["virtualDirectoryName"]


def test_logs_need_a_container_and_a_moment(wire: Any, node: str) -> None:
    path = f"/pools/pool/nodes/{node}/uploadbatchservicelogs"
    assert wire("POST", path, {"startTime": "2001-01-01T00:00:00Z"}).values == {"PropertyName": "containerUrl"}
    assert wire("POST", path, {"containerUrl": "http://h/c", "startTime": "soon"}).code == "InvalidPropertyValue"


def test_the_agents_log_reaches_the_container(
    batch: BatchClient, node: str, container: ContainerClient, blob_service: BlobServiceClient, until: Until
) -> None:
    sas = generate_container_sas(
        str(blob_service.account_name),
        container.container_name,
        account_key=blob_service.credential.account_key,
        permission=ContainerSasPermissions(write=True, create=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    options = models.UploadBatchServiceLogsOptions(
        container_url=f"{container.url}?{sas}", start_time=datetime.now(UTC) - timedelta(hours=1)
    )
    result = batch.upload_node_logs("pool", node, options)
    assert result.number_of_files_uploaded == 1
    name = until(lambda: next(iter(container.list_blob_names()), None))
    assert name == f"{result.virtual_directory_name}/agent-debug.log"
    assert b"allocated" in container.download_blob(name).readall()


def test_the_name_of_a_user_is_encoded_in_its_location(wire: Any, node: str) -> None:
    path = f"/pools/pool/nodes/{node}/users"
    answer = wire("POST", path, {"name": "é\r\nX: y", "password": "p"})
    assert answer.status == 201
    assert answer.headers["location"].endswith(f"{path}/%C3%A9%0D%0AX%3A%20y")
    assert "x" not in answer.headers


def test_a_node_has_a_limited_number_of_users(wire: Any, node: str) -> None:
    path = f"/pools/pool/nodes/{node}/users"
    answers = [wire("POST", path, {"name": f"user{number}", "password": "p"}) for number in range(101)]
    assert {answer.status for answer in answers[:100]} == {201}
    assert answers[100].code == "OperationNotValidOnNode"
