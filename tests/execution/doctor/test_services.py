from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from plans import a_plan, a_pool

from recipebatch.errors import ServiceError
from recipebatch.execution.doctor.services import (
    Answer,
    ask,
    check_clock,
    check_quota,
    check_reachable,
    check_roles,
    check_storage,
)
from recipebatch.service import AccountQuotas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@contextmanager
def server(certificate: Path | None = None) -> Iterator[str]:
    """A service that refuses everything, and its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(403)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate.with_name("key.pem"))
            running.socket = context.wrap_socket(running.socket, server_side=True)
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"{'http' if certificate is None else 'https'}://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "none.test")
    monkeypatch.setenv("no_proxy", "none.test")


def test_a_service_that_refuses_is_reachable_and_says_its_time() -> None:
    with server() as url:
        answer = ask(url)
    assert check_reachable("Batch endpoint", url, answer).state == "fine"
    assert check_clock(answer).state == "fine"


def test_a_closed_port() -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    answer = ask(url)
    found = check_reachable("Batch endpoint", url, answer)
    assert (found.state, found.message, bool(found.cure)) == ("bad", f"{url}: the connection is refused", True)
    assert (check_clock(answer).state, check_clock(answer).lets_run) == ("not checked", False)


def test_a_proxy_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    assert ask("https://batch.test").problem == "the proxy does not answer"


def test_a_certificate_that_is_not_trusted(entra_certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(entra_certificate) as url:
        answer = ask(url)
        assert (answer.problem, "REQUESTS_CA_BUNDLE" in answer.cure) == ("its certificate is not trusted", True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(entra_certificate))
        assert ask(url).problem == ""


@pytest.mark.parametrize(
    ("skew", "state", "said"),
    [
        (timedelta(seconds=5), "fine", "it agrees with the service's"),
        (timedelta(minutes=3), "warning", "this machine's clock is 3 minutes ahead of the service's"),
        (timedelta(minutes=-90), "bad", "this machine's clock is 90 minutes behind the service's"),
    ],
)
def test_a_clock_that_differs_from_the_services(skew: timedelta, state: str, said: str) -> None:
    with server() as url:
        answer = ask(url, lambda: datetime.now(UTC) + skew)
    found = check_clock(answer)
    assert (found.state, found.message, bool(found.cure)) == (state, said, state != "fine")


def test_a_service_that_does_not_say_its_time() -> None:
    assert check_clock(Answer(headers={}, asked=NOW, answered=NOW)).state == "not checked"


def account(*, may: bool = True) -> Any:
    def change(*_: Any, **__: Any) -> bool:
        if not may:
            raise ServiceError("this is not allowed (AuthorizationPermissionMismatch)", hint="assign a role")
        return False

    return SimpleNamespace(
        batch=SimpleNamespace(terminate_job=change, delete_pool=change),
        blobs=SimpleNamespace(delete_document=change, account_name="one", container_metadata=lambda _: None),
    )


def test_roles_are_tried_on_what_is_not_there() -> None:
    assert check_roles(account()).state == "fine"
    refused = check_roles(account(may=False))
    assert (refused.state, refused.cure) == ("bad", "assign a role")
    assert refused.message.startswith("not allowed to end jobs and delete pools and delete blobs: this is not allowed")


def test_a_storage_account_without_records() -> None:
    assert check_storage(account(), "recipebatch").message == "account one can be read; no run is recorded yet"


def test_quotas_that_have_no_room_and_that_are_not_known() -> None:
    def with_quotas(**numbers: Any) -> Any:
        batch = SimpleNamespace(list_pools=lambda: (), active_jobs=lambda: ())
        return SimpleNamespace(batch=batch, quotas=lambda: AccountQuotas(**numbers))

    plan = a_plan(pools=(a_pool(target_dedicated_nodes=4),))
    room = check_quota(with_quotas(dedicated_cores=100, pools=9), plan)
    assert (room.state, room.message) == ("fine", "there is room: dedicated cores 8, pools 1")
    short = check_quota(with_quotas(dedicated_cores=4, pools=9), plan)
    assert (short.state, short.message) == ("bad", "dedicated cores: needs 8, 0 of 4 in use")
    unknown = check_quota(with_quotas(why_unknown="no management access"), plan)
    assert (unknown.state, unknown.lets_run) == ("not checked", True)
    assert (
        check_quota(with_quotas(dedicated_cores=100, pools=9), None).message == "100 dedicated cores, 9 pools at most"
    )
