"""Attacks by other users, web pages, names and links fail."""

from __future__ import annotations

import hmac
import http.client
import socket
import stat
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from recipebatch.emulator import EmulatorAccount, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import models

JOB = {"id": "j", "poolInfo": {"poolId": "p"}}
MEBIBYTE = 1024 * 1024
UP = [
    *("..%2F..%2Fsecret", "%2e%2e%2f%2e%2e%2fsecret", "..%5C..%5Csecret", "wd%2F..%2F..%2F..%2Fsecret"),
    *("%2Fetc%2Fpasswd", "..", "%2E%2E", ".", "wd%2F..", "..%2F", "wd/../../secret", "..;%2Fsecret", "%00", "wd%2F%00"),
]


@pytest.fixture
def task(run: Callable[..., models.BatchTask]) -> models.BatchTask:
    """A completed task with a file outside of its directory, and links to that file."""
    return run(
        "/bin/sh -c 'echo secret > ../../secret; ln -s ../../secret file; ln -s ../.. up; ln -s /etc etc;"
        " mkdir own; echo mine > own/text; ln -s own inside; echo kept'"
    )


def files(task: models.BatchTask) -> str:
    return f"/jobs/job/tasks/{task.id}/files"


def plain(account: EmulatorAccount, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    """An unsigned request, as sent by a browser."""
    address = urlsplit(account.endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
        return response.status, {name.lower() for name, _ in response.getheaders()}
    finally:
        connection.close()


def test_it_listens_only_on_loopback_by_default(tmp_path: Path) -> None:
    with start_emulator(tmp_path) as running:
        assert urlsplit(running.endpoint).hostname == "127.0.0.1"
        assert running._socket.getsockname()[0] == "127.0.0.1"


def test_every_file_of_its_own_is_for_its_owner_alone(tmp_path: Path) -> None:
    root = tmp_path / "root"
    with start_emulator(root) as running:
        running.new_account()
        own = [path for path in root.rglob("*") if path.is_file()]
        assert {path.name for path in own} >= {"key", "lock", "state.sqlite3", "state.sqlite3-wal"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in own} == {0o600}
        assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_keys_are_random_and_long(tmp_path: Path) -> None:
    with start_emulator(tmp_path) as running:
        keys = {running.new_account().key.reveal() for _ in range(5)}
    assert len(keys) == 5
    assert {len(key) for key in keys} == {88}


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_is_good_for_fifteen_minutes_around_its_date(wire: Any, minutes: int) -> None:
    date = formatdate(time.time() + minutes * 60, usegmt=True)
    answer = wire("GET", "/jobs", headers={"ocp-date": date})
    assert (answer.status, answer.code) == (403, "AuthenticationFailed")
    near = formatdate(time.time() + minutes / abs(minutes) * 14 * 60, usegmt=True)
    assert wire("GET", "/jobs", headers={"ocp-date": near}).status == 200


def test_signatures_are_compared_in_constant_time(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    wire("DELETE", "/jobs/none")
    right = len(compared)
    wire("DELETE", "/jobs/none", key="d3Jvbmc=")
    wrong = len(compared) - right
    stranger = EmulatorAccount(wire.account.endpoint, "nobody", wire.account.key)
    type(wire)(stranger)("DELETE", "/jobs/none")
    unknown = len(compared) - right - wrong
    # A right key, a wrong key and an unknown account cause the same number of digest comparisons.
    assert right == wrong == unknown == 2
    assert set(compared) == {(32, 32)}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("path", ["/jobs?api-version=2025-06-01", "/pools?api-version=2025-06-01", "/$emulator/faults"])
def test_a_form_on_a_web_page_can_do_nothing(wire: Any, path: str, content_type: str) -> None:
    body = b'{"id":"j","poolInfo":{"poolId":"p"}}'
    status, headers = plain(wire.account, "POST", path, body, Content_Type=content_type, Origin="https://example.com")
    assert status == 400
    assert not {name for name in headers if name.startswith("access-control-")}
    assert wire("GET", "/jobs").json()["value"] == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_script_on_a_web_page_never_gets_cors_permission(wire: Any, method: str) -> None:
    wire("POST", "/jobs", JOB)
    status, headers = plain(
        wire.account,
        method,
        "/jobs/j?api-version=2025-06-01",
        Origin="https://example.com",
        Access_Control_Request_Method="DELETE",
        Access_Control_Request_Headers="authorization",
    )
    assert status == 400
    assert not {name for name in headers if name.startswith("access-control-")}
    assert wire("GET", "/jobs/j").json()["state"] == "active"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_a_body_that_does_not_say_it_is_json_is_refused_even_if_signed(wire: Any, content_type: str) -> None:
    class Other(type(wire)):  # type: ignore[misc]
        def _authorization(self, method: str, path: str, headers: dict[str, str], key: str) -> str:
            headers["Content-Type"] = content_type
            return str(super()._authorization(method, path, headers, key))

    answer = Other(wire.account)("POST", "/jobs", JOB)
    assert (answer.status, answer.code) == (400, "InvalidHeaderValue")
    assert answer.values["HeaderName"] == "Content-Type"
    assert wire("GET", "/jobs").json()["value"] == []


def test_a_body_of_a_mebibyte_is_read_and_one_byte_more_is_refused(wire: Any) -> None:
    most = b'{"id":"j","poolInfo":{"poolId":"p"}}'.ljust(MEBIBYTE)
    assert wire("POST", "/jobs", most + b" ").status == 413
    assert wire("POST", "/jobs", most + b" ").values == {"MaxLimit": str(MEBIBYTE)}
    assert wire("POST", "/jobs", most).status == 201


def test_a_body_of_unknown_length_is_refused_too_when_it_grows_too_long(wire: Any) -> None:
    path = "/jobs?api-version=2025-06-01"
    headers = {"ocp-date": formatdate(usegmt=True), "Content-Type": "application/json"}
    headers["Authorization"] = wire._authorization("POST", path, headers, wire.account.key.reveal())
    headers["Transfer-Encoding"] = "chunked"
    address = urlsplit(wire.account.endpoint)
    lines = [f"POST {path} HTTP/1.1", f"Host: {address.netloc}", *(f"{name}: {text}" for name, text in headers.items())]
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        for _ in range(17):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("name", UP)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_no_name_leaves_the_directory_of_a_task(wire: Any, task: models.BatchTask, method: str, name: str) -> None:
    answer = wire(method, f"{files(task)}/{name}?recursive=true" if method == "DELETE" else f"{files(task)}/{name}")
    assert answer.status in {400, 404, 409}
    assert b"secret" not in answer.content.replace(b"secret?", b"")
    assert task.node_info is not None
    node = f"/pools/pool/nodes/{task.node_info.node_id}/files"
    assert wire("GET", f"{node}/workitems%2Fjob%2Fjob-1%2Fsecret").content == b"secret\n"


@pytest.mark.parametrize("name", ["wd%2Ffile", "wd%2Fup%2Fsecret", "wd%2Fetc%2Fpasswd", "wd/etc/passwd"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_no_link_leads_out_of_the_directory_of_a_task(
    wire: Any, task: models.BatchTask, method: str, name: str
) -> None:
    assert wire(method, f"{files(task)}/{name}").status == 404
    assert wire("GET", f"{files(task)}/wd%2Finside%2Ftext").content == b"mine\n"


@pytest.mark.parametrize("name", ["..%2F..%2F..%2Fkey", "workitems%2F..%2F..%2F..%2F..%2Fkey", "%2Fetc%2Fpasswd"])
def test_no_name_leaves_the_directory_of_a_node(wire: Any, task: models.BatchTask, name: str) -> None:
    assert task.node_info is not None
    for method in ("GET", "HEAD", "DELETE"):
        assert wire(method, f"/pools/pool/nodes/{task.node_info.node_id}/files/{name}").status == 404


def test_a_list_shows_nothing_that_lies_elsewhere(wire: Any, task: models.BatchTask) -> None:
    listed = {entry["name"] for entry in wire("GET", f"{files(task)}?recursive=true").json()["value"]}
    assert listed >= {"wd/own", "wd/own/text", "wd/inside"}
    assert not {name for name in listed if "secret" in name or "passwd" in name or name in {"wd/up", "wd/etc"}}


@pytest.mark.parametrize("part", ["%2e%2e", "..", "%2E%2E%2Fkey", "a%2Fb", "a%00"])
def test_an_id_is_no_way_out_either(wire: Any, part: str) -> None:
    for path in (f"/jobs/{part}", f"/jobs/{part}/tasks/t/files/x", f"/pools/{part}/nodes/n/files/x"):
        assert wire("GET", path).status in {400, 404}
    created = wire("POST", "/jobs", {**JOB, "id": part})
    assert (created.status, created.code) == (400, "InvalidPropertyValue")
