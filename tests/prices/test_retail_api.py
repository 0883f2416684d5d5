"""The API is a local server that answers in its documented form."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from prices.meters import answer, meter

from recipebatch.prices import NodeKind, account_prices
from recipebatch.prices.retail_api import NoPricesError, RetailApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class PriceServer:
    """Answers each request with the next of `answers`, and the last one from then on."""

    def __init__(self) -> None:
        self.answers: list[Callable[[BaseHTTPRequestHandler], object]] = []
        self.asked: list[str] = []
        self.url = ""
        self.released = threading.Event()


@contextmanager
def price_server() -> Iterator[PriceServer]:
    found = PriceServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = len(found.asked)
            found.asked.append(self.path)
            found.answers[min(number, len(found.answers) - 1)](self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/api/retail/prices"
    try:
        yield found
    finally:
        found.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def page(*items: dict[str, Any], following: str | None = None, status: int = 200) -> Any:
    return sent(json.dumps(answer(*items, following=following)).encode(), status=status)


def sent(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


@pytest.fixture
def server() -> Iterator[PriceServer]:
    with price_server() as found:
        yield found


def ask(server: PriceServer, *, seconds: float = 60) -> list[dict[str, Any]]:
    return RetailApi(server.url, seconds=seconds).meters("westeurope", "USD", ["Standard_D4s_v5"])


def refusal(server: PriceServer, *, seconds: float = 60) -> str:
    with pytest.raises(NoPricesError) as refused:
        ask(server, seconds=seconds)
    return str(refused.value)


def test_all_pages_are_read(server: PriceServer) -> None:
    server.answers = [
        page(meter(0.2), following=f"{server.url}?$skip=100"),
        page(meter(0.3), {"armSkuName": 7}, following=f"{server.url}?$skip=200"),
        page(meter(0.4)),
    ]
    assert [found["retailPrice"] for found in ask(server)] == ["0.2", "0.3", "0.4"]
    assert [urlsplit(path).path for path in server.asked] == ["/api/retail/prices"] * 3
    assert "armRegionName eq 'westeurope'" in parse_qs(urlsplit(server.asked[0]).query)["$filter"][0]
    assert server.asked[2].endswith("?$skip=200")


@pytest.mark.parametrize(
    "link", ["http://localhost:{port}/api/retail/prices", "http://127.0.0.1:{port}/other", "http://[", 7]
)
def test_a_next_page_elsewhere_is_not_asked(server: PriceServer, link: Any) -> None:
    port = urlsplit(server.url).port
    server.answers = [page(meter(), following=link.format(port=port) if isinstance(link, str) else link)]
    assert refusal(server) == "its next page is at another address"
    assert len(server.asked) == 1


def test_a_redirection_is_not_followed(server: PriceServer) -> None:
    server.answers = [sent(b"", status=302, headers={"Location": f"{server.url}?elsewhere"})]
    assert refusal(server) == "the price service answers 302"
    assert len(server.asked) == 1


def test_pages_without_an_end_have_one(server: PriceServer) -> None:
    server.answers = [page(meter(), following=f"{server.url}?$skip=100")]
    assert refusal(server) == "more than 20 pages"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"Items": 7}', b'{"Items": [NaN]}', b'{"Items": ' + b"[" * 9999, b"\xff\xfe\x00"],
)
def test_an_answer_that_cannot_be_read_is_no_price(server: PriceServer, body: bytes) -> None:
    server.answers = [sent(body)]
    assert refusal(server) == "the answer cannot be read"


def test_an_answer_that_is_too_large_is_cut_off(server: PriceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.prices.retail_api._MAX_BYTES", 3000)
    server.answers = [page(meter(), following=f"{server.url}?$skip=1")]
    assert refusal(server) == "the answer is too large"
    assert 1 < len(server.asked) < 6


@pytest.mark.parametrize("status", [404, 429, 500])
def test_an_error_of_the_service_is_said(server: PriceServer, status: int) -> None:
    server.answers = [page(status=status)]
    assert refusal(server) == f"the price service answers {status}"


def test_an_answer_that_breaks_off_is_as_none(server: PriceServer) -> None:
    server.answers = [sent(b"{", headers={"Content-Length": "100"})]
    assert refusal(server) == "offline"


def test_nobody_waits_for_a_service_that_is_silent(server: PriceServer) -> None:
    server.answers = [lambda _handler: server.released.wait(60)]
    api = RetailApi(server.url, seconds=0.2)
    for _ in range(2):
        with pytest.raises(NoPricesError, match=r"no answer within 0\.2 s"):
            api.meters("westeurope", "USD", ["Standard_D4s_v5"])
    server.released.set()


def test_an_address_that_answers_nothing_is_offline() -> None:
    with price_server() as gone:
        pass
    assert refusal(gone) == "offline"


def test_an_account_has_its_prices_from_the_api_and_then_from_the_cache(server: PriceServer, tmp_path: Path) -> None:
    server.answers = [page(meter(0.2), meter(0.05, skuName="D4s v5 Spot")), page(status=500)]
    file = tmp_path / "accounts.yaml"
    file.write_text(f"prices: {{url: '{server.url}'}}\n")
    kinds = {NodeKind("standard_d4s_v5", "linux", spot) for spot in (False, True)}
    for _ in range(2):
        prices = account_prices("research", "westeurope", {"RECIPEBATCH_CACHE_DIR": str(tmp_path)}, file)
        card = prices.card(kinds, datetime(2026, 1, 2, tzinfo=UTC))
        assert sorted(rate.per_hour or 0 for rate in card.rates.values()) == [Decimal("0.05"), Decimal("0.2")]
    assert len(server.asked) == 1
