"""RetailApi: asks the public Azure Retail Prices API, page by page, in bounded time; it needs no account."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from recipebatch.prices.meters import kept, query
from recipebatch.service import call_within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS = 3.0
"""How long one command waits for prices, in all."""

_MAX_PAGES = 20
_MAX_BYTES = 8 * 1024 * 1024
_OK = 200
_PORTS = {"http": 80, "https": 443}


class NoPricesError(Exception):
    """The API gave no prices; the message says why, in a few words."""


class RetailApi:
    """The prices of one address.

    Args:
        url: of the API, without a query.
        seconds: how long to wait in all, over all calls.
    """

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        self._url = url
        self._left = seconds
        self._seconds = seconds

    def meters(self, region: str, currency: str, skus: Sequence[str]) -> list[dict[str, Any]]:
        """All hourly meters of some sizes.

        Raises:
            NoPricesError: no whole answer came in time.
        """
        began = time.monotonic()
        ended: list[bool] = []
        try:
            return call_within(max(0.0, self._left), lambda: self._pages(query(region, currency, skus), lambda: ended))
        except TimeoutError:
            raise NoPricesError(f"no answer within {self._seconds:g} s") from None
        finally:
            ended.append(True)
            self._left -= time.monotonic() - began

    def _pages(self, first: str, ended: Callable[[], Sequence[bool]]) -> list[dict[str, Any]]:
        from azure.core import PipelineClient
        from azure.core.exceptions import AzureError
        from azure.core.pipeline.policies import UserAgentPolicy
        from azure.core.rest import HttpRequest

        found: list[dict[str, Any]] = []
        room = _MAX_BYTES
        home = urlsplit(self._url)
        url = f"{self._url}?{first}"
        with PipelineClient[Any, Any](self._url, policies=[UserAgentPolicy("recipebatch")]) as client:
            for _ in range(_MAX_PAGES):
                if ended():
                    raise NoPricesError("stopped")
                # `call_within` ends the wait; the thread itself ends a little later.
                seconds = self._seconds + 1
                timeouts = {"connection_timeout": seconds, "read_timeout": seconds}
                try:
                    response = client.send_request(HttpRequest("GET", url), stream=True, **timeouts)
                    with response:
                        page = _page(response, room)
                except AzureError:
                    raise NoPricesError("offline") from None
                room -= len(page)
                body = _body(page)
                found += [meter for item in body["Items"] if (meter := kept(item)) is not None]
                following = body.get("NextPageLink")
                if not following:
                    return found
                if not isinstance(following, str) or not _is_same(following, home):
                    raise NoPricesError("its next page is at another address")
                url = following
        raise NoPricesError(f"more than {_MAX_PAGES} pages")


def _page(response: Any, room: int) -> bytes:
    """The bytes of an answer, with at most so many."""
    if response.status_code != _OK:
        raise NoPricesError(f"the price service answers {response.status_code}")
    data = bytearray()
    for part in response.iter_bytes():
        data += part
        if len(data) > room:
            raise NoPricesError("the answer is too large")
    return bytes(data)


def _body(page: bytes) -> dict[str, Any]:
    try:
        body = json.loads(page, parse_float=Decimal, parse_constant=_refused)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("Items"), list):
        raise NoPricesError("the answer cannot be read")
    return body


def _refused(name: str) -> None:
    raise ValueError(name)


def _is_same(url: str, home: SplitResult) -> bool:
    """Whether a page is of the API's own host, port and path; the API writes the port of HTTPS in its links."""
    try:
        return _place(urlsplit(url)) == _place(home)
    except ValueError:
        return False


def _place(url: SplitResult) -> tuple[str, str | None, int | None, str]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme), url.path
