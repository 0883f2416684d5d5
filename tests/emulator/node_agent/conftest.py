"""Fixtures of the node agent's tests: a node that runs one task, and a web server with files."""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from certificates import write_certificate

from recipebatch.emulator.node_agent import (
    NodeFacts,
    TaskEnd,
    TaskRun,
    http_client,
    machine_environment,
    run,
    task_environment,
)
from recipebatch.emulator.node_agent.files.directories import make_node_tree, remove_tree, task_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Node:
    """A node with one task directory."""

    root: Path
    directory: Path
    environment: dict[str, str]

    @property
    def working(self) -> Path:
        return self.directory / "wd"

    def task(self, command_line: str, *, seconds: float | None = None, **more: Any) -> TaskRun:
        limit = None if seconds is None else timedelta(seconds=seconds)
        environment = self.environment | more.pop("environment", {})
        return TaskRun(
            directory=self.directory,
            command_line=command_line,
            environment=environment,
            max_wall_clock_time=limit,
            **more,
        )

    def run(self, command_line: str, **more: Any) -> TaskEnd:
        return asyncio.run(run(self.task(command_line, **more)))

    def stdout(self) -> str:
        return (self.directory / "stdout.txt").read_text(encoding="utf-8")

    def stderr(self) -> str:
        return (self.directory / "stderr.txt").read_text(encoding="utf-8")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    root = tmp_path / "node"
    make_node_tree(root)
    facts = NodeFacts(
        account_name="local", account_url="http://127.0.0.1:1", pool_id="pool", node_id="tvmps_1_d", root=root
    )
    directory = task_directory(root, "job", "task")
    environment = task_environment(machine_environment({}), facts, job_id="job", task_id="task", directory=directory)
    yield Node(root, directory, environment)
    remove_tree(root)


@dataclass
class WebServer:
    """A web server on this machine; `answers` maps a path without query to its answer.

    An answer is a body, or a status; `begun` is set when a request for `/hangs` arrives, which is never answered.
    """

    url: str
    answers: dict[str, bytes | int | tuple[int, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    proxy_users: list[str] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, server: WebServer, *args: Any) -> None:
        self.web = server
        super().__init__(*args)

    def do_GET(self) -> None:
        self.web.requests.append(self.path)
        if "Proxy-Authorization" in self.headers:
            self.web.proxy_users.append(self.headers["Proxy-Authorization"])
        path = self.path.partition("?")[0]
        if path == "/hangs":
            self.web.begun.set()
            self.web.over.wait()
            self.close_connection = True
            return
        answer = self.web.answers.get(path, 404)
        if isinstance(answer, tuple):
            self.send_response(answer[0])
            self.send_header("Location", answer[1])
            answer = b""
        elif isinstance(answer, int):
            self.send_response(answer)
            answer = b"no"
        else:
            self.send_response(200)
        if path == "/broken":
            self.send_header("Content-Length", str(len(answer) + 1))
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        pass


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as web:
        yield web


@pytest.fixture
def tls_web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """The same with TLS, and a certificate that is trusted only by SSL_CERT_FILE."""
    certificate = tmp_path / "certificate.pem"
    key = tmp_path / "key.pem"
    write_certificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    http_client._tls.cache_clear()
    with serving(context) as web:
        yield web
    http_client._tls.cache_clear()


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    web = WebServer("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, web))
    server.daemon_threads = False
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    web.url = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield web
    web.over.set()
    server.shutdown()
    thread.join()
    server.server_close()
