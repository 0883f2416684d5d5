"""Each attempt of a request is told, with its outcome and without its query."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.rest import HttpRequest

from recipebatch.service.azure.observed import ObservedTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.report import Request


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        missing = self.path.startswith("/missing")
        self.send_response(404 if missing else 200)
        self.send_header("x-ms-request-id", "id-1")
        self.send_header("x-ms-error-code", "BlobNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_text: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_answer_is_told_with_the_codes_of_the_service(server: str) -> None:
    told: list[Request] = []
    with ObservedTransport(told.append) as transport:
        for path in ("/there?sig=abcdef", "/missing?sig=abcdef"):
            transport.send(HttpRequest("GET", server + path)).close()
    assert [(each.method, each.url, each.status, each.error, each.request_id) for each in told] == [
        ("GET", f"{server}/there", 200, "", "id-1"),
        ("GET", f"{server}/missing", 404, "BlobNotFound", "id-1"),
    ]


def test_a_request_without_an_answer_is_told_with_why() -> None:
    told: list[Request] = []
    with ObservedTransport(told.append) as transport, pytest.raises(ServiceRequestError):
        transport.send(HttpRequest("GET", "http://127.0.0.1:1/there?sig=abcdef"))
    assert (told[0].status, told[0].error) == (None, "ServiceRequestError")
    assert "abcdef" not in told[0].detail
