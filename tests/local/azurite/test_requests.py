"""Clients that are idle, stop in the middle, or send what no client sends: the blob service answers the others."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient
from local.azurite.kills import RawClient, account_sas

from recipebatch.local.azurite import azurite as azurite_module
from recipebatch.local.azurite import start_azurite

if TYPE_CHECKING:
    from pathlib import Path

    from azure.storage.blob import ContainerClient

    from recipebatch.local.azurite import Azurite


def connect(azurite: Azurite, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", azurite.port), timeout=90)
    connection.sendall(sent)
    return connection


def answer_of(connection: socket.socket) -> bytes:
    """All that is received until the other side closes."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    finally:
        connection.close()
    return received


def test_idle_connections_keep_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As with a limit of 40 open files: 20 connections.
    monkeypatch.setattr(azurite_module, "_open_files", lambda: 40)
    with start_azurite(tmp_path) as azurite:
        idle = [connect(azurite, b"" if number % 2 else b"GET / HTTP/1.1\r\nHost: x\r\n") for number in range(120)]
        with BlobServiceClient.from_connection_string(azurite.connection_string, retry_total=0) as service:
            container = service.create_container("kept")
            for number in range(20):
                container.upload_blob(f"b{number}", b"content")
            assert len(list(container.list_blobs())) == 20
        for connection in idle:
            connection.close()


def test_halves_of_requests_are_closed(azurite: Azurite, container: ContainerClient) -> None:
    sas = account_sas(azurite.key)
    line = f"PUT /recipebatch/{container.container_name}/half?{sas} HTTP/1.1\r\n".encode()
    headers = b"Host: 127.0.0.1\r\nx-ms-version: 2021-12-02\r\nx-ms-blob-type: BlockBlob\r\nContent-Length: 100\r\n"
    waiting = [connect(azurite, sent) for sent in (b"", line[:10], line + headers, line + headers + b"\r\nabc")]
    answers = [answer_of(connection) for connection in waiting]
    assert [answer[:12] for answer in answers[:3]] == [b"HTTP/1.1 408"] * 3
    assert not container.get_blob_client("half").exists()


def test_a_name_that_no_list_can_contain_is_refused(azurite: Azurite, container: ContainerClient) -> None:
    client = RawClient(azurite.endpoint, account_sas(azurite.key))
    for name in ("a%01", "a%00b", "%1b[31m", "%ef%bf%bf", "%ef%bf%be", "%ed%a0%80", "%ff"):
        status, body = client.request("PUT", f"{container.container_name}/{name}", blob_type="BlockBlob")
        assert (status, b"<Code>InvalidUri</Code>" in body) == (400, True)
    client.close()
    assert list(container.list_blobs()) == []


def test_names_that_look_like_numbers_stay_apart(container: ContainerClient) -> None:
    names = ["9", "10", "10b", "09", "9a", "1e1", "010", "0x10", "16", "Infinity", "1e400", "ä", "a" * 1000]
    for number, name in enumerate(names):
        container.upload_blob(name, str(number).encode())
    container.upload_blob("9", b"again", overwrite=True)
    container.delete_blob("09")
    found = {str(blob.name): container.download_blob(str(blob.name)).readall() for blob in container.list_blobs()}
    expected = {name: str(number).encode() for number, name in enumerate(names)} | {"9": b"again"}
    del expected["09"]
    assert found == expected


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("comp=blocklist", b"Content-Length: 900000000\r\n", b"413"),
        ("comp=blocklist", b"Transfer-Encoding: chunked\r\n", b"411"),
        ("x=?&comp=blocklist", b"Content-Length: 900000000\r\n", b"413"),
        ("comp=tags", b"Content-Length: 900000000\r\n", b"413"),
    ],
)
def test_a_text_that_is_too_long_for_memory_is_refused_before_it_is_sent(
    azurite: Azurite, container: ContainerClient, query: str, headers: bytes, status: bytes
) -> None:
    url = f"/recipebatch/{container.container_name}/b?{query}&{account_sas(azurite.key)}"
    sent = f"PUT {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-version: 2021-12-02\r\n".encode()
    assert answer_of(connect(azurite, sent + headers + b"\r\n"))[9:12] == status


COMPS = (
    "block blocklist metadata properties lease snapshot page pagelist appendblock seal tier tags acl list batch copy"
)
VALUES = [
    "",
    "%00",
    "%zz",
    "-1",
    "9" * 5000,
    "1e400",
    "bytes=9-1",
    "bytes=0-99999999999999999999",
    "not a date",
    "====",
    "a" * 4000,
    "http://[::1",
    "__proto__",
    "((((",
]
HEADERS = [
    "Range",
    "x-ms-range",
    "x-ms-blob-type",
    "x-ms-blob-content-length",
    "x-ms-lease-action",
    "x-ms-lease-id",
    "x-ms-copy-source",
    "If-Match",
    "If-Modified-Since",
    "x-ms-meta-__proto__",
    "x-ms-tags",
    "x-ms-page-write",
    "Content-MD5",
    "Authorization",
    "x-ms-date",
    "x-ms-version",
]
BODIES = [b"", b"<", b"<a>" * 50_000, b"<BlockList>" + b"<Latest>AAAA</Latest>" * 50_001 + b"</BlockList>", b"\xff\xfe"]


def test_requests_that_no_client_sends_end_nothing(tmp_path: Path) -> None:
    chosen = random.Random(7)  # noqa: S311 - repeatable
    with start_azurite(tmp_path) as azurite:
        sas = account_sas(azurite.key)
        with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
            container = service.create_container("kept")
            container.upload_blob("a", b"content")
            for _ in range(300):
                query = f"comp={chosen.choice(COMPS.split())}&blockid={chosen.choice(VALUES)}&{sas}"
                path = chosen.choice(["", "kept", "kept/a", "kept/%", "kept/../x", "kept/" + "b/" * 300])
                body = chosen.choice(BODIES)
                lines = [f"{chosen.choice(HEADERS)}: {chosen.choice(VALUES)}" for _ in range(4)]
                lines += ["Host: 127.0.0.1", "Connection: close", f"Content-Length: {len(body)}"]
                head = f"{chosen.choice(['GET', 'PUT', 'HEAD', 'POST', 'TRACE'])} /recipebatch/{path}?{query} HTTP/1.1"
                connection = connect(azurite)
                try:
                    connection.sendall("\r\n".join([head, *lines, "", ""]).encode() + body)
                except (BrokenPipeError, ConnectionResetError):  # answered before all was sent
                    connection.close()
                    continue
                answer_of(connection)
            assert azurite.running()
            assert {blob.name for blob in container.list_blobs()} >= {"a"}


def test_a_wrong_answer_to_a_broken_signature_is_no_end(azurite: Azurite) -> None:
    for signature in ("SharedKey", "SharedKey recipebatch:", "SharedKey :=", "Bearer x", "\u00ff", "SharedKey a:b:c"):
        client = RawClient(azurite.endpoint, "x=y")
        client._connection.request("GET", "/recipebatch?comp=list", headers={"Authorization": signature})
        with client._connection.getresponse() as answer:
            assert answer.status in {400, 401, 403}
        client.close()
    with (
        BlobServiceClient(azurite.endpoint, credential="A" * 88) as wrong,
        pytest.raises(HttpResponseError) as refused,
    ):
        wrong.get_service_properties()
    assert refused.value.status_code == 403
