"""Connections with limits: half a request, too many headers, too many connections, an answer that nobody reads."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from recipebatch.emulator.http import Connection, ConnectionLimits, Connections
from recipebatch.emulator.state import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

GENEROUS = ConnectionLimits()
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole request; `/slow` is answered after the connection has ended, `/large` with 64 MiB."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    if scope["path"] == "/slow":
        await receive()
    size = 1 << 26 if scope["path"] == "/large" else 2
    headers = [(b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * size})


class Running:
    """A server with these limits, in a thread."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.connections = Connections(limits, Clock())
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        http: Any = partial(Connection, self.connections)
        self._loop = asyncio.new_event_loop()
        self._config = uvicorn.Config(application, http=http, ws="none", lifespan="off", log_config=None, loop="none")
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._stopping = asyncio.Event()
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        self._config.load()
        server = uvicorn.Server(self._config)
        server.lifespan = self._config.lifespan_class(self._config)
        await server.startup(sockets=[self._listening])
        self._ready.set()
        await self._stopping.wait()
        server.config.timeout_graceful_shutdown = 1
        await server.shutdown(sockets=[self._listening])

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._listening.close()
        self._loop.close()

    def connect(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(sent)
        return connection

    def ask(self, sent: bytes) -> bytes:
        """All that is received until the server closes the connection."""
        with self.connect(sent) as connection:
            return received(connection)


def received(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def answered(connection: socket.socket) -> bool:
    """Whether one whole answer of two bytes arrives."""
    answer = b""
    while not answer.endswith(b"\r\n\r\nxx"):
        if not (part := connection.recv(65536)):
            return False
        answer += part
    return answer.startswith(b"HTTP/1.1 200 OK")


def drip(connection: socket.socket) -> None:
    for _ in range(10_000):
        connection.sendall(b"x")
        threading.Event().wait(0.01)


@contextmanager
def running(**changes: Any) -> Iterator[Running]:
    server = Running(replace(GENEROUS, **changes))
    try:
        yield server
    finally:
        server.stop()


def refusal(answer: bytes) -> tuple[int, dict[str, str]]:
    head, _, content = answer.partition(b"\r\n\r\n")
    document = json.loads(content)
    values = {pair["key"]: pair["value"] for pair in document.get("values", [])}
    return int(head.split()[1]), {"code": document["code"], **values}


@pytest.mark.parametrize(
    "half",
    [
        *(b"G", b"GET / HT", b"GET / HTTP/1.1\r\nHost: h\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}"),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
    ],
)
def test_half_a_request_is_given_up(half: bytes) -> None:
    with running(request_seconds=0.2) as server:
        assert b"200" not in server.ask(half)
        assert server.ask(GET + half).startswith(b"HTTP/1.1 200 OK")


def test_a_request_that_comes_byte_by_byte_has_no_more_time_than_others() -> None:
    with running(request_seconds=0.5) as server, server.connect() as connection:
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            drip(connection)
        assert b"200" in server.ask(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))


def test_a_connection_without_a_request_is_closed() -> None:
    with running(idle_seconds=0.2) as server:
        assert server.ask(b"") == b""


def test_an_answer_that_nobody_reads_is_given_up() -> None:
    with running(write_seconds=0.2) as server, server.connect(GET.replace(b"/ ", b"/large ")) as connection:
        wait_for(lambda: len(server.connections) == 1)
        wait_for(lambda: len(server.connections) == 0)
        assert len(received(connection)) < 1 << 26


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", "must not have more than 65536 bytes"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", "must not have more than 65536 bytes"),
        (b"GET / HTTP/1.1\r\n" + b"A: x\r\n" * 101 + b"\r\n", "must not have more than 100 headers"),
        (b"\x16\x03\x01\x02\x00\x01", "is not valid HTTP"),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "is not valid HTTP"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "is not valid HTTP"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "is not valid HTTP"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "is not valid HTTP"),
    ],
)
def test_what_is_no_request_gets_the_services_error(sent: bytes, reason: str) -> None:
    with running() as server:
        status, values = refusal(server.ask(sent))
    assert (status, values["code"]) == (400, "InvalidHeaderValue")
    assert reason in values["Reason"]


def test_a_client_that_sends_far_too_much_receives_its_error() -> None:
    with running() as server, server.connect() as connection:
        connection.sendall(b"GET /" + b"x" * 10_000_000 + b" HTTP/1.1\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert refusal(received(connection))[0] == 400


def test_a_refused_client_that_does_not_close_is_closed() -> None:
    with running(linger_seconds=0.2) as server:
        assert refusal(server.ask(b"\x16\x03\x01\x02\x00\x01"))[0] == 400
    with (
        running(dropped_bytes=1 << 20) as server,
        server.connect() as connection,
        pytest.raises(OSError, match=r"reset|Broken pipe"),
    ):
        connection.sendall(b"x" * (1 << 26))


def test_trailers_count_as_headers() -> None:
    trailers = b"".join(b"T%d: x\r\n" % number for number in range(200))
    sent = b"POST /slow HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + trailers + b"\r\n"
    with running() as server:
        assert refusal(server.ask(sent))[0] == 400


def test_requests_that_wait_for_answers_are_limited_on_one_connection() -> None:
    with running(pipelined=3) as server:
        assert server.ask(GET.replace(b"/ ", b"/slow ") + GET * 10) == b""


def test_pipelined_requests_are_answered_in_order() -> None:
    with running(idle_seconds=1) as server, server.connect(GET * 3) as connection:
        answer = b""
        while answer.count(b"HTTP/1.1 200 OK") < 3:
            answer += connection.recv(65536)


def test_the_connection_that_waited_longest_is_closed_for_a_new_one() -> None:
    with running(connections=3) as server:
        opened = [server.connect() for _ in range(3)]
        wait_for(lambda: len(server.connections) == 3)
        opened[0].sendall(GET)
        assert answered(opened[0])
        with server.connect(GET) as last:
            assert answered(last)
        assert received(opened[1]) == b""
        opened[0].sendall(GET)
        assert answered(opened[0])
        for connection in opened:
            connection.close()


def test_hundreds_of_idle_connections_do_not_keep_others_out() -> None:
    with running(connections=20) as server:
        opened = [server.connect(b"GET / HT") for _ in range(200)]
        with server.connect(GET) as connection:
            assert answered(connection)
        assert len(server.connections) <= 20
        for connection in opened:
            connection.close()


def test_a_connection_in_use_is_not_closed_for_a_new_one_which_gets_server_busy() -> None:
    with running(connections=2) as server:
        used = [server.connect(GET.replace(b"/ ", b"/slow ")) for _ in range(2)]
        wait_for(lambda: len(server.connections) == 2)
        wait_for(lambda: not any(connection.is_waiting for connection in list(server.connections._open)))
        assert refusal(server.ask(b""))[1]["code"] == "ServerBusy"
        for connection in used:
            connection.close()


def test_connections_get_a_share_of_the_files_of_the_process() -> None:
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert ConnectionLimits.of_process().connections == min(512, max(16, soft // 4))


def wait_for(condition: Any) -> None:
    pause = threading.Event()
    while not condition():
        pause.wait(0.01)
