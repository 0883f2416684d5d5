"""A proxy in front of a service that records the client's requests and injects faults.

Its journal is the evidence of a round: it has all answers of the service, including those the client never received.
"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

T = TypeVar("T")

CLIENT = "azsdk-python"
"""Part of the tool's user agent; requests of nodes and tasks also go through the proxy, without faults."""

_REASONS = {429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
_NO_BODY = frozenset({204, 304})


class When(Enum):
    """When a fault is injected into a request."""

    BEFORE = "before"  # the request does not reach the service
    AFTER = "after"  # the service has executed and answered it; the client does not get the answer


class Failure(Enum):
    """How a request fails without an error status."""

    CLOSE = "connection closed"
    SILENCE = "silence"  # the connection stays open without an answer
    HALF = "half of the answer"  # then the connection is closed


class Fault(NamedTuple):
    """A fault for one request: an answer with the given status, or `failure` if status is None.

    Attributes:
        retry_after: seconds for the header `Retry-After`.
        action: called when the fault is injected; kills the client or a service.
    """

    when: When
    status: int | None = None
    retry_after: int | None = None
    action: Callable[[], None] | None = None
    failure: Failure = Failure.CLOSE

    def __str__(self) -> str:
        what = self.failure.value if self.status is None else str(self.status)
        wait = "" if self.retry_after is None else f" with Retry-After {self.retry_after}"
        return f"{what}{wait} {self.when.value}"


class Request(NamedTuple):
    """One request of the client."""

    service: str
    method: str
    path: str

    def form(self) -> str:
        """The kind of call: the request without names that differ between runs."""
        path, _, query = self.path.partition("?")
        names = [part.partition("=")[0] for part in query.split("&")]
        values = [part for part in query.split("&") if part.startswith(("comp=", "restype="))]
        kinds = {"pools", "jobs", "tasks", "nodes", "files", "supportedimages", "taskcounts", "addtaskcollection"}
        parts = [part if part in kinds or self.service == "blob" else "{}" for part in path.split("/")[1:]]
        if self.service == "blob":
            parts = ["{}" for _ in parts]
        parameters = [*values, *(name for name in names if name in {"$filter", "$skiptoken"})]
        return f"{self.service} {self.method} /{'/'.join(parts)}" + ("?" + "&".join(parameters) if parameters else "")


@dataclass
class Journal:
    """Requests and answers in order of arrival; `plan` selects the fault for a request by its number."""

    plan: Callable[[int, Request], Fault | None] = lambda _number, _request: None
    requests: list[Request] = field(default_factory=list)
    answers: list[tuple[Request, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arrived(self, request: Request) -> Fault | None:
        with self.lock:
            number = len(self.requests)
            self.requests.append(request)
            return self.plan(number, request)

    def answered(self, request: Request, status: int) -> None:
        with self.lock:
            self.answers.append((request, status))

    def restart(self, plan: Callable[[int, Request], Fault | None]) -> None:
        """Start counting requests from 0 with a new plan; keeps the recorded answers."""
        with self.lock:
            self.requests.clear()
            self.plan = plan


class Proxy:
    """A proxy on loopback, on a free port; a context manager."""

    def __init__(self, service: str, upstream: str, journal: Journal) -> None:
        address = urlsplit(upstream)
        self._service = service
        self._host, self._port = str(address.hostname), int(address.port or 80)
        self._journal = journal
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy of {service}")
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._connection(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one side closed the connection: close the other side too
        finally:
            self._open.discard(task)
            writer.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(self._host, self._port)
        try:
            while True:
                head = await _head(reader)
                body = await _body(reader, head)
                fault, request = self._fault_for(head)
                if fault is not None and fault.when is When.BEFORE:
                    return await self._inject(fault, reader, writer, b"")
                upstream_writer.write(head + body)
                answer = await _head(upstream_reader)
                status = int(answer.split(b" ", 2)[1])
                has_body = not head.startswith(b"HEAD ") and status not in _NO_BODY
                content = await _body(upstream_reader, answer) if has_body else b""
                if request is not None:
                    self._journal.answered(request, status)
                if fault is not None:
                    return await self._inject(fault, reader, writer, answer + content)
                writer.write(answer + content)
                await writer.drain()
        finally:
            upstream_writer.close()

    def _fault_for(self, head: bytes) -> tuple[Fault | None, Request | None]:
        if CLIENT.encode() not in head:
            return None, None
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        request = Request(self._service, method, target)
        return self._journal.arrived(request), request

    async def _inject(
        self, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes
    ) -> None:
        if fault.action is not None:
            await asyncio.get_running_loop().run_in_executor(None, fault.action)
        if fault.status is None:
            if fault.failure is Failure.SILENCE:
                await reader.read()  # until the client gives up
            elif fault.failure is Failure.HALF:
                writer.write(answer[: len(answer) - max(1, len(answer.partition(b"\r\n\r\n")[2]) // 2)])
                await writer.drain()
            return
        code = "ServerBusy" if fault.status in {429, 503} else "InternalError"
        body = json.dumps({"code": code, "message": {"lang": "en-US", "value": f"{code}.\nRequestId:0\nTime:now"}})
        kind = "application/json; odata=minimalmetadata"
        if self._service == "blob":
            kind, body = (
                "application/xml",
                f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}.</Message></Error>",
            )
        wait = "" if fault.retry_after is None else f"Retry-After: {fault.retry_after}\r\n"
        head = (
            f"HTTP/1.1 {fault.status} {_REASONS[fault.status]}\r\nContent-Type: {kind}\r\nx-ms-error-code: {code}\r\n"
            f"{wait}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write((head + body).encode())
        await writer.drain()


async def _head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return await _chunks(reader)
    return await reader.readexactly(int(headers.get(b"content-length", b"0")))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while True:
        line = await reader.readline()
        size = int(line.split(b";")[0], 16)
        pieces += [line, await reader.readexactly(size + 2)]
        if size == 0:
            return b"".join(pieces)
