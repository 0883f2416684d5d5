"""One HTTP connection with limits: on the time and size of a request, and on the number of connections.

A whole request must arrive within half a minute of its first byte, and a client must read its answer. Headers have at
most 64 KiB. If there are too many connections, the one that has waited longest for its client is closed, among those of
the address that has most; a connection whose request is being processed is never closed for another.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from recipebatch.emulator.protocol import error_body, write_json
from recipebatch.emulator.state import BatchError

if TYPE_CHECKING:
    import asyncio

    from recipebatch.emulator.state import Clock

ABORT = "recipebatch.abort"
"""Name of the ASGI extension that closes the connection at once: `abort` does it, `is_closed` says whether it was."""

_MOST_CONNECTIONS = 512
_LEAST_CONNECTIONS = 16
_SHARE = 4
"""Connections get one in this many of the files that the process may open; tasks, files and the state need the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The limits of all connections of one emulator.

    Attributes:
        connections: how many may be open at a time.
        request_seconds: how long a request may take to arrive, from its first byte to its last.
        idle_seconds: how long a connection without a request stays open.
        write_seconds: how long a client may read nothing of its answer.
        linger_seconds: how long a refused connection is read until the client closes it.
        header_bytes: of the URL and all headers of one request together.
        headers: how many headers one request may have.
        pipelined: how many requests may wait for the answers to those before them.
        dropped_bytes: how much of a body that is too large is read, so that the client receives the error.
    """

    connections: int = _MOST_CONNECTIONS
    request_seconds: float = 30.0
    idle_seconds: float = 75.0
    write_seconds: float = 60.0
    linger_seconds: float = 5.0
    header_bytes: int = 64 * 1024
    headers: int = 100
    pipelined: int = 32
    dropped_bytes: int = 64 * 1024 * 1024

    @classmethod
    def of_process(cls) -> ConnectionLimits:
        """The limits for the number of files that this process may open."""
        import resource  # POSIX only

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        share = _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else soft // _SHARE
        return cls(connections=min(_MOST_CONNECTIONS, max(_LEAST_CONNECTIONS, share)))


class Connections:
    """The open connections of one emulator, the one that was used longest ago first."""

    def __init__(self, limits: ConnectionLimits, clock: Clock) -> None:
        self.limits = limits
        self.clock = clock
        self._open: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> bool:
        """Add a new connection and close another one if there are too many; False if all others are in use."""
        if len(self._open) >= self.limits.connections:
            waiting = [other for other in self._open if other.is_waiting]
            if not waiting:
                return False
            counts = Counter(other.address for other in waiting)
            most = max(counts.values())
            next(other for other in waiting if counts[other.address] == most).abort()
        self._open[connection] = None
        return True

    def touch(self, connection: Connection) -> None:
        """Mark a connection as the last one that was used."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def discard(self, connection: Connection) -> None:
        """Forget a closed connection."""
        self._open.pop(connection, None)


class Connection(HttpToolsProtocol):
    """One connection. Made by uvicorn, with the connections of the emulator as the first argument."""

    def __init__(self, connections: Connections, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._table = connections
        self._limits = connections.limits
        self._deadline: asyncio.TimerHandle | None = None
        self._write_deadline: asyncio.TimerHandle | None = None
        self._head = 0
        self._dropped = 0
        self._refusal: BatchError | None = None
        self._arriving = False
        self._is_refused = False

    @property
    def address(self) -> str:
        """The client's address without its port."""
        return self.client[0] if self.client else ""

    @property
    def is_waiting(self) -> bool:
        """Whether nothing can happen until the client sends something."""
        return self._is_refused or self._arriving or not self._answering

    @property
    def _answering(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def abort(self) -> None:
        """Close the connection at once; bytes that the client has not read are lost."""
        self._table.discard(self)
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        if not self._table.add(self):
            self._refuse(BatchError("ServerBusy"))
            return
        self._set_deadline(self._limits.idle_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._table.discard(self)
        for timer in (self._deadline, self._write_deadline, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have arrived."""
        if self.transport.is_closing():
            return
        self._table.touch(self)
        if self._is_refused:
            self._drop(len(data))
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here; the request is answered as if it had not asked for one.
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            refusal, self._refusal = self._refusal, None
            self._refuse(refusal or _malformed("The request is not valid HTTP"))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head = self._dropped = 0
        self._arriving = True
        self._set_deadline(self._limits.request_seconds)
        if len(self.pipeline) >= self._limits.pipelined:
            raise self._refused(_malformed("Too many requests wait for their answers on this connection"))
        self.scope["extensions"] = {
            # Of the transport: bound methods of the connection would keep what is closed until the next collection.
            ABORT: {"abort": self.transport.abort, "is_closed": self.transport.is_closing}
        }

    def on_url(self, url: bytes) -> None:
        """A part of the URL."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer of a chunked body."""
        self._count(len(name) + len(value))
        if len(self.headers) >= self._limits.headers:
            raise self._refused(_malformed(f"A request must not have more than {self._limits.headers} headers"))
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self.cycle.response_complete:
            self._drop(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has arrived."""
        self._arriving = False
        self._set_deadline(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer was sent."""
        self._table.touch(self)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read its answer as fast as it is written."""
        super().pause_writing()
        self._write_deadline = self.loop.call_later(self._limits.write_seconds, self.abort)

    def resume_writing(self) -> None:
        """The client has read most of what was written."""
        if self._write_deadline is not None:
            self._write_deadline.cancel()
        super().resume_writing()

    def _drop(self, size: int) -> None:
        """Count bytes that are read only so that the client receives its answer."""
        self._dropped += size
        if self._dropped > self._limits.dropped_bytes:
            self.abort()

    def _set_deadline(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.abort)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > self._limits.header_bytes:
            most = self._limits.header_bytes
            raise self._refused(_malformed(f"The URL and headers of a request must not have more than {most} bytes"))

    def _refused(self, error: BatchError) -> BatchError:
        # The parser hides the error that a callback raises.
        self._refusal = error
        return error

    def _refuse(self, error: BatchError) -> None:
        """Send an error and close, unless an answer to an earlier request is being sent: then close at once."""
        if self._answering and (self.cycle.scope is not self.scope or self.cycle.response_started or self.pipeline):
            self.abort()
            return
        request = str(uuid.uuid4())
        body = write_json(error_body(error, self._table.clock.now(), request_id=request, base="http://localhost"))
        lines = [
            f"HTTP/1.1 {error.kind.status} {'Service Unavailable' if error.code == 'ServerBusy' else 'Bad Request'}",
            "Content-Type: application/json; odata=minimalmetadata",
            f"Content-Length: {len(body)}",
            f"request-id: {request}",
            "Connection: close",
        ]
        self.transport.write("\r\n".join((*lines, "", "")).encode("ascii") + body)
        if error.code == "ServerBusy":
            self.transport.close()
            return
        # Closed while the client is still sending, the answer would be lost on its way.
        self._is_refused = True
        self.transport.write_eof()
        self._set_deadline(self._limits.linger_seconds)


def _malformed(reason: str) -> BatchError:
    return BatchError("InvalidHeaderValue", ("Reason", reason))
