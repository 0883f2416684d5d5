"""A transport of the SDKs that tells how each request ended: every attempt, also those that are repeated."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.transport import RequestsTransport

from recipebatch.report import Request
from recipebatch.text.secret import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

_IDS = ("x-ms-request-id", "request-id", "client-request-id")
_DETAIL = 2000


class ObservedTransport(RequestsTransport):  # type: ignore[misc]
    """The SDKs' own transport.

    Args:
        tell: is given each request when it has ended.
        settings: as the SDK's transport takes them.
    """

    def __init__(self, tell: Callable[[Request], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._tell = tell

    def send(self, request: Any, **settings: Any) -> Any:
        """Send a request; raises as the SDK's transport does."""
        started = time.monotonic()
        try:
            response = super().send(request, **settings)
        except Exception as error:
            self._tell(_outcome(request, started, None, type(error).__name__, detail=redacted(str(error))))
            raise
        headers = response.headers
        code = headers.get("x-ms-error-code", "") if response.status_code >= HTTPStatus.BAD_REQUEST else ""
        ids = [headers[name] for name in _IDS if headers.get(name)]
        self._tell(_outcome(request, started, response.status_code, code, request_id=ids[0] if ids else ""))
        return response


def _outcome(request: Any, started: float, status: int | None, error: str, **more: str) -> Request:
    milliseconds = round((time.monotonic() - started) * 1000)
    url = str(request.url).partition("?")[0]
    more["detail"] = more.get("detail", "")[:_DETAIL]
    return Request(method=request.method, url=url, status=status, error=error, milliseconds=milliseconds, **more)
