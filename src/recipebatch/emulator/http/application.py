"""The HTTP application: authenticates a request, finds its operation, and sends the reply in the service's form.

The signature covers headers, path and query, so it is checked before the body is read: a request without a valid
signature has no effect. A success reply is sent only after all its changes are on disk.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import uuid
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from recipebatch.emulator.handlers.faults import PREFIX as CONTROL
from recipebatch.emulator.http.auth import authenticate
from recipebatch.emulator.http.connection import ABORT
from recipebatch.emulator.http.operations import find_operation
from recipebatch.emulator.http.request import read_body, read_headers, read_query
from recipebatch.emulator.protocol import NEWEST, VERSIONS, Call, Reply, error_body, invalid_query, write_json
from recipebatch.emulator.state import Action, BatchError, http_date

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from recipebatch.emulator.state import AccountRegistry, Fault

# The types of the ASGI specification: connection scope, receive and send.
Scope: TypeAlias = "MutableMapping[str, Any]"
Message: TypeAlias = "MutableMapping[str, Any]"
Receive: TypeAlias = "Callable[[], Awaitable[Message]]"
Send: TypeAlias = "Callable[[Message], Awaitable[None]]"

_LOG = logging.getLogger(__name__)
_JSON = "application/json; odata=minimalmetadata"
_ALWAYS = (
    (b"DataServiceVersion", b"3.0"),
    (b"Server", b"Microsoft-HTTPAPI/2.0"),
    (b"Strict-Transport-Security", b"max-age=31536000; includeSubDomains"),
    (b"X-Content-Type-Options", b"nosniff"),
)
_EVERYWHERE = frozenset({"api-version", "timeout"})
_READS = frozenset({"GET", "HEAD"})
_NO_BODY = 304
_EMPTY = 204
_LONGEST_TIMEOUT = 2**31 - 1


class _ConnectionClosed(Exception):  # noqa: N818  an injected fault, not an error
    """Close the connection without a reply."""


class Application:
    """The ASGI application of one emulator."""

    def __init__(self, registry: AccountRegistry) -> None:
        self._registry = registry
        self.last_request = monotonic()
        """Time of the last authenticated request, by `time.monotonic`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request_id = str(uuid.uuid4())
        base = "http://{}:{}".format(*scope["server"])
        answer = _Answer(scope, request_id, send, self._registry)
        try:
            headers = read_headers(scope["headers"])
            answer.echo(headers)
            base = f"http://{headers['host']}" if headers.get("host") else base
            reply = await self._reply(scope, headers, receive, base, request_id)
        except BatchError as error:
            await answer.write_error(error, base)
        except _ConnectionClosed:
            abort: Any = (scope.get("extensions") or {})[ABORT]["abort"]
            abort()
            while (await receive())["type"] != "http.disconnect":
                pass
        except Exception:  # noqa: BLE001  a bug becomes `InternalError`; its traceback is logged
            _LOG.exception("%s %.200r failed", scope["method"], scope["raw_path"])
            await answer.write_error(BatchError("InternalError"), base)
        else:
            try:
                await answer.write(reply)
            finally:
                _release(reply)

    async def _reply(
        self, scope: Scope, headers: dict[str, str], receive: Receive, base: str, request_id: str
    ) -> Reply:
        method, raw_path = scope["method"], scope["raw_path"].decode("latin-1")
        raw_query = scope["query_string"].decode("latin-1")
        sent_query = read_query(raw_query)
        account = authenticate(
            self._registry.accounts,
            method=method,
            raw_path=raw_path,
            query=sent_query,
            headers=headers,
            now=self._registry.clock.wall(),
        )
        self.last_request = monotonic()
        query = {name.lower(): value for name, value in sent_query.items()}
        control = raw_path.startswith(CONTROL)
        version = _version(query) if "api-version" in query or not control else NEWEST
        operation, parts = find_operation(method, raw_path, version)
        for name in query:
            if name not in _EVERYWHERE and name not in operation.parameters:
                raise BatchError("UnsupportedQueryParameter", ("QueryParameterName", name))
        _check_timeout(query)
        call = Call(
            registry=self._registry,
            account=account,
            request_id=request_id,
            version=version,
            method=method,
            base=base,
            raw_path=raw_path,
            raw_query=raw_query,
            parts=parts,
            query=query,
            headers=headers,
            body=await read_body(headers, receive),
        )
        assert operation.handler is not None  # noqa: S101  find_operation refuses an operation without one
        fault = None if control else account.faults.for_request(method, raw_path)
        if fault is not None and not fault.after:
            await _inject(fault)
        # While writes to disk fail, refuse changes: the state in memory must not get ahead of the disk.
        if method not in _READS and self._registry.store.failing:
            await self._kept()
        reply = await operation.handler(call)
        try:
            await self._kept()
            if fault is not None and fault.after:
                await _inject(fault)
        except BaseException:
            _release(reply)
            raise
        return reply

    async def _kept(self) -> None:
        """Wait until all changes are on disk. Raises: BatchError InternalError."""
        try:
            await self._registry.store.committed()
        except sqlite3.Error as error:
            reason = f"The state of the service cannot be written: {error}"
            raise BatchError("InternalError", ("Reason", reason)) from error


class _Answer:
    """Writes one answer."""

    def __init__(self, scope: Scope, request_id: str, send: Send, registry: AccountRegistry) -> None:
        self._method = scope["method"]
        self._request_id = request_id
        self._send = send
        self._registry = registry
        self._headers = [*_ALWAYS, (b"request-id", request_id.encode())]
        extension: Any = (scope.get("extensions") or {}).get(ABORT, {})
        self._is_closed = extension.get("is_closed", bool)

    def echo(self, headers: dict[str, str]) -> None:
        """Repeat the client's own id of the request, if it asks for that."""
        if headers.get("return-client-request-id", "").lower() == "true" and "client-request-id" in headers:
            self._headers.append((b"client-request-id", headers["client-request-id"].encode("latin-1")))

    async def write(self, reply: Reply) -> None:
        """Send a success reply; chunked with or without a body, like the service's."""
        headers = dict(reply.headers)
        content = b""
        if reply.document is not None or reply.encoded is not None:
            headers["Content-Type"] = _JSON
            content = write_json(reply.document) if reply.encoded is None else reply.encoded
        if reply.status == _EMPTY:
            headers["Content-Length"] = "0"
        elif self._method == "HEAD" and "Content-Length" not in headers and reply.status != _NO_BODY:
            # Only files have a Content-Length (recorded answers).
            headers["Transfer-Encoding"] = "chunked"
        await self._start(reply.status, headers)
        if reply.content is not None:
            async for chunk in reply.content:
                if self._is_closed():
                    return
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self._send({"type": "http.response.body", "body": content, "more_body": False})

    async def write_error(self, error: BatchError, base: str) -> None:
        """Send an error; it has a body with Content-Length, except in replies to HEAD."""
        now = self._registry.clock.now()
        again = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        if self._method == "HEAD":
            await self.write(Reply(status=error.kind.status, headers=again))
            return
        body = write_json(error_body(error, now, request_id=self._request_id, base=base))
        await self._start(error.kind.status, {"Content-Type": _JSON, "Content-Length": str(len(body)), **again})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _start(self, status: int, headers: dict[str, str]) -> None:
        lines = [*self._headers, (b"Date", http_date(self._registry.clock.wall()).encode())]
        lines += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})


def _release(reply: Reply) -> None:
    if reply.release is not None:
        reply.release()


async def _inject(fault: Fault) -> None:
    """Apply a fault to a request. Raises: BatchError, _ConnectionClosed."""
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.action is Action.CLOSE:
        raise _ConnectionClosed
    if fault.action is Action.ANSWER and fault.code is not None:
        raise BatchError(fault.code, retry_after=fault.retry_after)


def _check_timeout(query: dict[str, str]) -> None:
    """Refuse a `timeout` that is not a number of seconds; every request ends well before the service's default of 30.

    Raises:
        BatchError: InvalidQueryParameterValue.
    """
    text = query.get("timeout")
    if text is not None and not (text.isascii() and text.isdigit() and 0 < int(text[:10]) <= _LONGEST_TIMEOUT):
        raise invalid_query("timeout", text, "The value must be a number of seconds")


def _version(query: dict[str, str]) -> str:
    version = query.get("api-version")
    if not version:
        raise BatchError("MissingRequiredQueryParameter", ("QueryParameterName", "api-version"))
    if version not in VERSIONS:
        raise BatchError(
            "UnsupportedRequestVersion", ("QueryParameterName", "api-version"), ("QueryParameterValue", version)
        )
    return version
