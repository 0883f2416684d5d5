from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    BlobClient,
    BlobServiceClient,
    ContainerSasPermissions,
    generate_container_sas,
)
from processes import command_lines

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite.azurite import PortTakenError, start_azurite
from recipebatch.local.daemon.processes import identity_of, wait_until_ended
from recipebatch.local.keys import new_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azure.core.credentials import TokenCredential
    from azure.storage.blob import ContainerClient

    from recipebatch.local.azurite.azurite import Azurite


def service_of(azurite: Azurite) -> BlobServiceClient:
    return BlobServiceClient.from_connection_string(azurite.connection_string)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


def test_the_public_sdk_stores_and_reads_a_blob(container: ContainerClient) -> None:
    container.upload_blob("a b/ü;$(x).txt", b"content")
    assert container.download_blob("a b/ü;$(x).txt").readall() == b"content"
    assert [blob.name for blob in container.list_blobs()] == ["a b/ü;$(x).txt"]


def test_a_wrong_key_is_refused(azurite: Azurite) -> None:
    with (
        BlobServiceClient(azurite.endpoint, credential=new_key().reveal()) as client,
        pytest.raises(HttpResponseError) as refused,
    ):
        client.get_service_properties()
    assert refused.value.status_code == 403


def test_the_key_is_neither_in_a_repr_nor_on_the_command_line(azurite: Azurite) -> None:
    assert azurite.key.reveal() not in repr(azurite)
    listed = command_lines(azurite.pid)
    assert "blob/main.js" in listed
    assert azurite.key.reveal() not in listed


def test_the_same_folder_and_key_bring_the_blobs_back(tmp_path: Path) -> None:
    key = new_key()
    with start_azurite(tmp_path, key=key) as first, service_of(first) as client:
        client.create_container("kept").upload_blob("a", b"content")
    assert not first.running()
    with start_azurite(tmp_path, key=key, port=first.port) as second, service_of(second) as client:
        assert second.port == first.port
        assert client.get_blob_client("kept", "a").download_blob().readall() == b"content"


def test_stopping_twice_is_no_error(tmp_path: Path) -> None:
    azurite = start_azurite(tmp_path)
    azurite.stop()
    azurite.stop()


def test_a_taken_port_is_named(tmp_path: Path, taken_port: int) -> None:
    with pytest.raises(PortTakenError, match=f"port {taken_port} is taken") as error:
        start_azurite(tmp_path, port=taken_port)
    assert error.value.hint is not None


def test_an_azurite_that_cannot_start_is_an_error_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(LocalAccountError, match="unknown-switch"):
        start_azurite(tmp_path, switches=["--unknown-switch"], preload=[tmp_path / "unknown-switch.cjs"])


def test_requests_are_seen_as_activity(tmp_path: Path) -> None:
    with start_azurite(tmp_path) as azurite, service_of(azurite) as client:
        before = azurite.last_activity()
        while azurite.last_activity() == before:  # the event arrives through a pipe, a moment later
            client.get_service_properties()


def test_the_exit_of_the_process_is_reported(tmp_path: Path) -> None:
    ended = threading.Event()
    with start_azurite(tmp_path, on_exit=ended.set) as azurite:
        os.kill(azurite.pid, signal.SIGKILL)
        assert ended.wait(30)
        assert not azurite.running()


PARENT = """
import sys, time
from pathlib import Path
from recipebatch.local.azurite import start_azurite
from recipebatch.text.secret import Secret
azurite = start_azurite(Path(sys.argv[1]), key=Secret(sys.stdin.readline().strip()))
print(azurite.pid, azurite.endpoint, flush=True)
sys.stdin.read()
"""


def test_azurite_saves_and_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    key = new_key()
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(f"{key.reveal()}\n")
        parent.stdin.flush()
        pid, endpoint = parent.stdout.readline().split()
        mark = identity_of(int(pid))
        with BlobServiceClient(endpoint, credential={"account_name": "recipebatch", "account_key": key.reveal()}) as c:
            c.create_container("kept").upload_blob("a", b"content")
        parent.kill()
    assert mark is not None
    assert wait_until_ended(mark, timeout=30)
    with start_azurite(tmp_path, key=key) as azurite, service_of(azurite) as client:
        assert client.get_blob_client("kept", "a").download_blob().readall() == b"content"


def test_a_user_delegation_sas_of_the_current_sdk_is_understood(
    entra_azurite: Azurite, entra_certificate: Path, entra_credential: TokenCredential
) -> None:
    endpoint, verify = entra_azurite.endpoint, str(entra_certificate)
    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    with BlobServiceClient(endpoint, credential=entra_credential, connection_verify=verify) as client:
        client.create_container("delegated").upload_blob("a", b"content")
        key = client.get_user_delegation_key(now - hour, now + hour)
    sas = generate_container_sas(
        "recipebatch",
        "delegated",
        user_delegation_key=key,
        permission=ContainerSasPermissions(read=True),
        expiry=now + hour,
    )
    with BlobClient(endpoint, "delegated", "a", credential=sas, connection_verify=verify) as blob:
        assert blob.download_blob().readall() == b"content"
        with pytest.raises(HttpResponseError) as refused:
            blob.upload_blob(b"other", overwrite=True)
        assert refused.value.status_code == 403
