from __future__ import annotations

import asyncio
from typing import Any

import pytest

from recipebatch.emulator.node_agent import ResourceFile, http_client, run

# `node` and `web` come from this folder's conftest.py; their classes are not importable from there.
Node = Any
WebServer = Any


def single(url: str, path: str = "file.txt", mode: str | None = None) -> tuple[ResourceFile, ...]:
    return (ResourceFile.from_json({"httpUrl": url, "filePath": path} | ({"fileMode": mode} if mode else {})),)


# A container of a real blob service.


def test_an_url_with_characters_that_urls_do_not_have_is_asked_for_escaped(node: Node, web: WebServer) -> None:
    web.answers["/a%20b/%C3%BC%2B.txt"] = b"x"
    assert node.run("true", resource_files=single(f"{web.url}/a b/ü%2B.txt")).failure is None


def test_a_redirect_is_followed(node: Node, web: WebServer) -> None:
    web.answers |= {"/a": (302, "/b"), "/b": b"there"}
    assert node.run("cat file.txt", resource_files=single(f"{web.url}/a")).failure is None
    assert node.stdout() == "there"


def test_a_redirect_loop_is_a_failure(node: Node, web: WebServer) -> None:
    web.answers["/a"] = (302, "/a")
    assert node.run("true", resource_files=single(f"{web.url}/a")).failure.code == "BlobDownloadMiscError"


def test_a_request_is_retried_after_a_server_error(node: Node, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.http_client._RETRY_AFTER_SECONDS", (0.0, 0.0))
    web.answers["/a"] = 503
    end = node.run("true", resource_files=single(f"{web.url}/a"))
    assert end.failure.code == "BlobDownloadMiscError"
    assert len(web.requests) == 3


def test_a_body_that_breaks_off_is_a_failure_and_leaves_no_file(node: Node, web: WebServer) -> None:
    web.answers["/broken"] = b"half"
    end = node.run("true", resource_files=single(f"{web.url}/broken"))
    assert end.failure.code == "BlobDownloadMiscError"
    assert list(node.working.iterdir()) == []
    assert len(web.requests) == 3


def test_a_server_that_cannot_be_reached_is_a_failure(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.http_client._RETRY_AFTER_SECONDS", (0.0,))
    end = node.run("true", resource_files=single("http://127.0.0.1:1/a"))
    assert end.failure.code == "BlobDownloadMiscError"


def test_a_file_comes_by_tls(node: Node, tls_web: WebServer) -> None:
    tls_web.answers["/a"] = b"secure" * 100_000
    assert node.run("wc -c file.txt", resource_files=single(f"{tls_web.url}/a")).failure is None
    assert node.stdout() == "600000 file.txt\n"


def test_a_transfer_by_tls_can_be_stopped(node: Node, tls_web: WebServer) -> None:
    end = node.run("true", seconds=0.3, resource_files=single(f"{tls_web.url}/hangs"))
    assert end.exit_code is None
    assert "wall clock" in end.failure.message


def test_an_untrusted_certificate_is_refused(node: Node, tls_web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.http_client._RETRY_AFTER_SECONDS", ())
    monkeypatch.delenv("SSL_CERT_FILE")
    http_client._tls.cache_clear()
    tls_web.answers["/a"] = b"x"
    end = node.run("true", resource_files=single(f"{tls_web.url}/a"))
    assert end.failure.code == "BlobDownloadMiscError"


def test_a_proxy_is_asked_where_the_machine_has_one(
    node: Node, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", web.url.replace("//", "//me:pass%20word@"))
    for name in ("no_proxy", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    web.answers["http://far.invalid/a"] = b"by proxy"
    assert node.run("cat file.txt", resource_files=single("http://far.invalid/a?sig=x")).failure is None
    assert node.stdout() == "by proxy"
    assert web.proxy_users == ["Basic bWU6cGFzcyB3b3Jk"]
    assert node.run("true", resource_files=single(f"{web.url}/a")).failure.code == "BlobNotFound", "asked directly"


@pytest.mark.parametrize("url", ["ftp://host/a", "http://[/a", "http://host:x/a", "nothing"])
def test_what_is_no_url_is_a_failure(node: Node, url: str) -> None:
    assert node.run("true", resource_files=single(url)).failure.code == "BlobDownloadMiscError"


def test_a_cancelled_download_ends_at_once(node: Node, web: WebServer) -> None:
    async def cancel_it() -> None:
        running = asyncio.create_task(run(node.task("true", resource_files=single(f"{web.url}/hangs"))))
        await asyncio.to_thread(web.begun.wait)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancel_it())
    assert list(node.working.iterdir()) == []
