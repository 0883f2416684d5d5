"""Reads the parts of a request: headers and query without doubles, and a body within the service's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from recipebatch.emulator.http.auth import SIGNED_HEADERS
from recipebatch.emulator.protocol import invalid_query
from recipebatch.emulator.state import BatchError
from recipebatch.vocabulary.limits import MAX_REQUEST_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

_ONCE = frozenset((*SIGNED_HEADERS, "authorization", "host", "client-request-id", "return-client-request-id"))
_MAX_PARAMETERS = 50
"""Query parameters of one request; no operation has a fifth as many."""


def read_headers(sent: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name in lower case.

    Raises:
        BatchError: InvalidHeaderValue if a header that is signed, or that says who asks, is sent twice: two programs on
            the way of a request must not read two values.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in sent:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in headers and (name in _ONCE or name.startswith("ocp-")):
            raise BatchError("InvalidHeaderValue", ("HeaderName", name), ("HeaderValue", value))
        headers[name] = value
    return headers


def read_query(raw: str) -> dict[str, str]:
    """The query parameters, names as sent, decoded.

    Raises:
        BatchError: InvalidQueryParameterValue if one is given twice: only one of the values would be signed.
    """
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise invalid_query("", "", f"A request must not have more than {_MAX_PARAMETERS} query parameters") from None
    query: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in pairs:
        if name.lower() in seen:
            raise invalid_query(name, value, "The query parameter must not be given more than once")
        seen.add(name.lower())
        query[name] = value
    return query


async def read_body(headers: dict[str, str], receive: Callable[[], Awaitable[Any]]) -> bytes:
    """The whole body.

    Raises:
        BatchError: RequestBodyTooLarge, before the body is read if its length is declared; InvalidRequestBody if it
            ends early; InvalidHeaderValue if it is not declared to be JSON.
    """
    length = headers.get("content-length", "0")
    if length == "0" and "transfer-encoding" not in headers:
        return b""
    # The HTTP parser refuses a length that is not a number.
    if int(length) > MAX_REQUEST_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise BatchError("InvalidRequestBody", ("Reason", "The request ended early"))
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_REQUEST_BYTES:
            raise _too_large()
        parts.append(part)
        more = message.get("more_body", False)
    # Every body of this protocol is JSON. A form on a web page cannot send that type without a CORS preflight.
    kind = headers.get("content-type", "")
    if size and kind.partition(";")[0].strip().lower() != "application/json":
        raise BatchError("InvalidHeaderValue", ("HeaderName", "Content-Type"), ("HeaderValue", kind))
    return b"".join(parts)


def _too_large() -> BatchError:
    return BatchError("RequestBodyTooLarge", ("MaxLimit", str(MAX_REQUEST_BYTES)))
