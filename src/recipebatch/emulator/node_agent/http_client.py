"""HTTP for the files of a task: one blocking client per thread, and `Stop` to cancel all transfers from another thread.

The client uses the machine's proxies, follows redirects, keeps connections open between requests, and waits at most a
minute for the server. Its errors contain no URL: a query may be a SAS.
"""

from __future__ import annotations

import base64
import http
import http.client
import os
import socket
import ssl
import threading
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

CHUNK_BYTES = 256 * 1024
_STALL_SECONDS = 60.0
_RETRY_AFTER_SECONDS = (0.2, 0.8, 2.0)
_MAX_REDIRECTS = 5
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNREACHED = (OSError, http.client.HTTPException)


class TransferError(Exception):
    """A request was refused, or got no complete response.

    Attributes:
        status: the HTTP status of the refusal, or None without a response.
        timed_out: the server did not respond in time.
    """

    def __init__(self, message: str, *, status: int | None = None, timed_out: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.timed_out = timed_out


class StoppedError(Exception):
    """The transfer was stopped from outside: the task is cancelled or out of time."""


class Stop:
    """Stops transfers in other threads, also those that wait for the server.

    Attributes:
        last_step: when the transfer last made progress, by `time.monotonic()`: each `check` is a step.
    """

    def __init__(self) -> None:
        self.last_step = time.monotonic()
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    def set(self) -> None:
        """End every transfer with StoppedError, at once or at its next step."""
        with self._lock:
            self._event.set()
            for connected in self._sockets:
                with suppress(OSError):  # the server may have closed it
                    # The plain socket's method: that of a TLS socket would corrupt the state of the reading thread.
                    socket.socket.shutdown(connected, socket.SHUT_RDWR)

    def check(self) -> None:
        """Note a step of progress; raise StoppedError if it is set."""
        self.last_step = time.monotonic()
        if self._event.is_set():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Wait; raise StoppedError as soon as it is set."""
        if self._event.wait(seconds):
            raise StoppedError

    def watch(self, connected: socket.socket) -> None:
        """Shut this socket down when it is set."""
        with self._lock:
            self._sockets.add(connected)
        self.check()

    def forget(self, connected: socket.socket) -> None:
        """Stop watching a socket that is about to be closed."""
        with self._lock:
            self._sockets.discard(connected)


class HttpClient:
    """Requests of one thread, one after the other; a context manager that closes its connections."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._connections):
            self._drop(key)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Callable[[], Iterable[bytes]] | None = None,
    ) -> http.client.HTTPResponse:
        """Send one request and follow redirects; read the response to its end before the next request.

        Args:
            method: `GET`, `PUT` or `DELETE`.
            url: characters that a URL may not contain are escaped.
            headers: with a body they must contain Content-Length.
            body: makes the body's chunks; called again for each retry.

        Raises:
            TransferError: the last of four attempts was refused, or got no response.
            StoppedError: the transfer was stopped.
        """
        for pause in (*_RETRY_AFTER_SECONDS, None):
            self._stop.check()
            try:
                return self._follow(method, url, headers or {}, body)
            except TransferError as error:
                if pause is None or (error.status is not None and error.status not in _TRANSIENT):
                    raise
            self._stop.pause(pause)
        raise AssertionError("the last attempt returns or raises")

    def chunks(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        """The body of a response, in chunks.

        Raises:
            TransferError: the connection ended early.
            StoppedError: the transfer was stopped.
        """
        while True:
            self._stop.check()
            try:
                chunk = response.read(CHUNK_BYTES)
            except _UNREACHED as error:
                self._stop.check()
                raise _unreached(error) from None
            if not chunk:
                break
            yield chunk
        # Unlike a read of the whole body, a read of a chunk does not raise when the connection ends early.
        if response.length:
            self._stop.check()
            raise TransferError("the connection was closed before the whole body had arrived")

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], body: Callable[[], Iterable[bytes]] | None
    ) -> http.client.HTTPResponse:
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._exchange(method, url, headers, body)
            if response.status < http.HTTPStatus.MULTIPLE_CHOICES:
                return response
            # An unread body would be taken for the beginning of the next response.
            with suppress(*_UNREACHED):
                response.read()
            location = response.getheader("Location")
            if method != "GET" or response.status not in _REDIRECTS or location is None:
                # Only this header is known to hold no secret: a body may repeat the request.
                code = response.getheader("x-ms-error-code")
                message = f"the server answered {response.status}" + (f" ({code})" if code else "")
                raise TransferError(message, status=response.status)
            url = urllib.parse.urljoin(url, location)
        raise TransferError("too many redirects", status=http.HTTPStatus.LOOP_DETECTED)

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: Callable[[], Iterable[bytes]] | None
    ) -> http.client.HTTPResponse:
        parts = split_url(urllib.parse.quote(url, safe="%/:=&?~+!$,;'@()*[]|#"))
        key = (parts.scheme, parts.netloc)
        try:
            connection, target, extra = self._connect(parts)
            try:
                connection.request(method, target, self._steps(body()) if body else None, {**extra, **headers})
            except (BrokenPipeError, ConnectionResetError):
                # A server may refuse a request and close before reading the body; its response has the reason.
                return connection.getresponse()
            return connection.getresponse()
        except _UNREACHED as error:
            self._drop(key)
            self._stop.check()
            raise _unreached(error) from None

    def _steps(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks of a body; each one sent is a step of progress."""
        for chunk in chunks:
            self._stop.check()
            yield chunk

    def _connect(self, parts: urllib.parse.SplitResult) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
        """An open connection, the request target, and headers for a proxy, if any."""
        key = (parts.scheme, parts.netloc)
        proxy = _proxy_for(parts.scheme, parts.hostname or "")
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        extra = {}
        if proxy is not None and parts.scheme == "http":
            target, extra = urllib.parse.urlunsplit(parts._replace(fragment="")), _proxy_headers(proxy)
        connection = self._connections.get(key)
        if connection is None:
            connection = self._connections[key] = _new_connection(parts, proxy)
        if connection.sock is None:
            connection.connect()
            _watched(connection, self._stop)
        return connection, target, extra

    def _drop(self, key: tuple[str, str]) -> None:
        connection = self._connections.pop(key, None)
        if connection is not None:
            if connection.sock is not None:
                self._stop.forget(connection.sock)
            connection.close()


def _watched(connection: http.client.HTTPConnection, stop: Stop) -> None:
    # A function of its own: type checkers believe that `sock` is still the None it was before `connect`.
    if connection.sock is not None:
        stop.watch(connection.sock)


def split_url(url: str) -> urllib.parse.SplitResult:
    """The parts of a URL.

    Raises:
        TransferError: it is not the URL of an HTTP server.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise TransferError("this is not the URL of an HTTP server", status=http.HTTPStatus.BAD_REQUEST)
    return parts


def without_query(url: str) -> str:
    """The URL for messages and logs: no query, which may be a SAS, no user and no password."""
    try:
        parts = split_url(url)
    except TransferError:
        return ""
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _new_connection(
    parts: urllib.parse.SplitResult, proxy: urllib.parse.SplitResult | None
) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if proxy is not None:
        through = proxy.hostname or "", proxy.port or 80
        if parts.scheme == "http":
            return http.client.HTTPConnection(*through, timeout=_STALL_SECONDS)
        tunnel = http.client.HTTPSConnection(*through, timeout=_STALL_SECONDS, context=_tls())
        tunnel.set_tunnel(host, port or 443, _proxy_headers(proxy))
        return tunnel
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=_STALL_SECONDS, context=_tls())
    return http.client.HTTPConnection(host, port, timeout=_STALL_SECONDS)


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if bundle:
        with suppress(OSError):
            context.load_verify_locations(bundle)
    return context


def _proxy_for(scheme: str, host: str) -> urllib.parse.SplitResult | None:
    # A proxy cannot reach this machine's own loopback, and the local blob service is there.
    if host in {"localhost", "::1"} or host.startswith("127."):
        return None
    address = urllib.request.getproxies().get(scheme)
    if not address or urllib.request.proxy_bypass(host):
        return None
    return urllib.parse.urlsplit(address if "://" in address else f"http://{address}")


def _proxy_headers(proxy: urllib.parse.SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    user = f"{urllib.parse.unquote(proxy.username)}:{urllib.parse.unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(user.encode()).decode("ascii")}


def _unreached(error: BaseException) -> TransferError:
    if isinstance(error, TimeoutError):
        return TransferError("the server did not respond in time", timed_out=True)
    # An OSError describes the connection; other errors may quote data that was sent or received.
    return TransferError((isinstance(error, OSError) and error.strerror) or f"no response ({type(error).__name__})")
