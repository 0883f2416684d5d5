"""The pages by HTTP: what is refused, what is answered, and the stream of events."""

from __future__ import annotations

import http.client
import socket
import struct
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from listed_runs import RUN, ListedRuns, a_row
from reported_runs import phase, report_data

from recipebatch.errors import UsageError
from recipebatch.runs import RunFailures
from recipebatch.ui.guard import TOKEN_HEADER, Guard
from recipebatch.ui.server import UiServer, changing, changing_rows, live_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message


@pytest.fixture
def runs() -> ListedRuns:
    return ListedRuns()


@pytest.fixture
def server(runs: ListedRuns) -> Iterator[UiServer]:
    with UiServer(runs, every=0.05) as running:
        yield running


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Message
    text: str


def ask(server: UiServer, path: str, method: str = "GET", **headers: str) -> Answer:
    """A request of the user's browser; `headers` replace its own, with `_` for `-`."""
    sent = {"Host": f"127.0.0.1:{server.port}", "Cookie": server.guard.cookie().split(";")[0]}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request(method, path, headers=sent)
        with connection.getresponse() as answer:
            is_stream = answer.headers["Content-Type"] == "text/event-stream"
            return Answer(answer.status, answer.headers, "" if is_stream else answer.read().decode())


def post(server: UiServer, path: str, **headers: str) -> Answer:
    own = {
        "Origin": f"http://127.0.0.1:{server.port}",
        TOKEN_HEADER.replace("-", "_"): server.guard.page_token,
    }
    return ask(server, path, "POST", **(own | headers))


@contextmanager
def events(server: UiServer, path: str) -> Iterator[Any]:
    """The stream of events of a page, as a file of lines."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        cookie = server.guard.cookie().split(";")[0]
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n\r\n"
        connection.sendall(head.encode())
        with connection.makefile("r", encoding="utf-8") as lines:
            yield lines


def next_event(lines: Any, name: str) -> str:
    """The data of the next event of a name."""
    for line in lines:
        if line == f"event: {name}\n":
            return str(next(lines)).removeprefix("data: ").rstrip("\n")
    raise AssertionError(f"the stream ended without {name}")


def test_the_token_is_exchanged_for_a_cookie_and_leaves_the_address(server: UiServer) -> None:
    for address in (server.address, server.address_for_browser):
        answer = ask(server, address.removeprefix(f"http://127.0.0.1:{server.port}"), Cookie="")
        assert answer.status == 200
        assert answer.headers["Set-Cookie"] == server.guard.cookie()
        assert 'content="0;url=/"' in answer.text
    wrong = ask(server, "/?token=wrong", Cookie="")
    assert wrong.status == 403
    assert "Set-Cookie" not in wrong.headers


@pytest.mark.parametrize("path", ["/", "/events", f"/runs/{RUN}", f"/runs/{RUN}/trace.csv", f"/runs/{RUN}/events"])
def test_nothing_is_shown_without_the_cookie_or_under_another_name(server: UiServer, path: str) -> None:
    assert ask(server, path, Cookie="").status == 403
    assert ask(server, path, Host="rebound.example").status == 421
    assert ask(server, path, Host=f"rebound.example:{server.port}").status == 421


def test_every_answer_keeps_pages_of_others_out(server: UiServer) -> None:
    for answer in (ask(server, "/"), ask(server, "/nowhere"), ask(server, "/", Cookie="")):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_list_has_all_runs_and_each_has_its_page(server: UiServer, runs: ListedRuns) -> None:
    runs.more = [a_row("20260102-030406-aaaa", recipe="<b>topn", verdict="failed", has_record=False)]
    answer = ask(server, "/")
    assert answer.status == 200
    assert f'<a href="/runs/{RUN}">' in answer.text
    assert 'href="/runs/20260102-030406-aaaa"' not in answer.text
    assert "&lt;b&gt;topn" in answer.text
    page = ask(server, f"/runs/{RUN}")
    assert page.status == 200
    assert "connect-src &#39;self&#39;" in page.text
    assert server.guard.page_token in page.text
    assert server.guard.token not in page.text
    trace = ask(server, f"/runs/{RUN}/trace.csv")
    assert trace.headers["Content-Disposition"] == f'attachment; filename="trace-{RUN}.csv"'
    assert len(trace.text.splitlines()) == 5


@pytest.mark.parametrize("path", ["/runs/r2", "/nowhere", "/runs/", "/runs/../x", f"/runs/{RUN}/stop", "/runs/R%0A"])
def test_what_is_not_there_is_not_found(server: UiServer, path: str) -> None:
    assert ask(server, path).status == 404


def test_an_account_that_does_not_answer_is_said(server: UiServer, runs: ListedRuns) -> None:
    runs.down = True
    assert (ask(server, "/").status, ask(server, "/").text) == (502, "the account does not answer")
    assert ask(server, f"/runs/{RUN}").status == 502


def test_a_fault_of_a_request_is_answered_and_prints_nothing(
    server: UiServer, runs: ListedRuns, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ask(server, "http://[::1/").status == 400
    nothing: dict[str, str] = {}
    monkeypatch.setattr(runs, "report", lambda _run: nothing["x"])
    answer = ask(server, f"/runs/{RUN}")
    assert (answer.status, answer.text) == (500, "this is an error of recipebatch: KeyError('x')")
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(b"GET / HTTP/1.1\r\nHo")
    assert ask(server, "/").status == 200
    assert capfd.readouterr().err == ""


def test_what_changes_a_run_must_come_from_a_page_of_this_server(server: UiServer, runs: ListedRuns) -> None:
    path = f"/runs/{RUN}/stop"
    assert post(server, path, Origin="http://other.example").status == 403
    assert post(server, path, Cookie="").status == 403
    assert post(server, path, **{TOKEN_HEADER.replace("-", "_"): "x"}).status == 403
    assert post(server, path, Sec_Fetch_Site="cross-site").status == 403
    assert post(server, path, Host="rebound.example").status == 421
    assert post(server, f"/runs/{RUN}").status == 404
    assert post(server, "/runs/r2/stop").status == 404
    assert runs.asked == []


def test_a_run_is_stopped_in_the_background_and_its_page_is_told(server: UiServer, runs: ListedRuns) -> None:
    with events(server, f"/runs/{RUN}/events") as lines:
        assert post(server, f"/runs/{RUN}/stop").status == 202
        assert post(server, f"/runs/{RUN}/retry").status == 409
        assert '"state": "running"' in next_event(lines, "job")
        runs.go.set()
        while '"state": "done"' not in (job := next_event(lines, "job")):
            continue
    assert "verdict: stopped" in job
    assert runs.asked == [f"stop {RUN}"]
    assert post(server, f"/runs/{RUN}/retry").status == 202
    server.jobs.wait()
    assert runs.asked == [f"stop {RUN}", f"retry {RUN}"]


def test_pages_are_told_when_something_has_changed(server: UiServer, runs: ListedRuns) -> None:
    ask(server, "/")
    ask(server, f"/runs/{RUN}")
    with events(server, f"/runs/{RUN}/events?since=0") as run, events(server, "/events?since=0") as rows:
        runs.done = 3
        runs.more = [a_row("20260102-030406-aaaa")]
        assert next_event(run, "changed") == "1"
        assert next_event(rows, "changed") == "1"
    # A page that was loaded before the change is told at once.
    with events(server, f"/runs/{RUN}/events?since=0") as late:
        assert next_event(late, "changed") == "1"


def test_an_end_of_the_server_ends_its_streams() -> None:
    with UiServer(ListedRuns()) as server, events(server, "/events") as lines:
        assert next(lines) == "HTTP/1.1 200 OK\n"
        server.list.close()
        assert "text/event-stream" in lines.read()


def test_a_port_that_is_taken_is_refused(server: UiServer) -> None:
    with pytest.raises(UsageError, match=f"--port {server.port}: Address already in use"):
        UiServer(ListedRuns(), port=server.port)


def test_the_time_alone_is_no_change() -> None:
    assert changing(report_data(seen_at=1.0)) == changing(report_data(seen_at=2.0))
    assert changing(report_data()) != changing(report_data(live=True))
    assert changing_rows([a_row("r1", age=1.0)]) == changing_rows([a_row("r1", age=2.0)])
    assert changing_rows([a_row("r1")]) != changing_rows([a_row("r1", status="purged")])


def test_a_page_offers_what_can_be_done() -> None:
    guard, failed = Guard(1), RunFailures(total=1)
    going, over = (live_page(report_data(live=live, failures=failed), guard, 7) for live in (True, False))
    assert (going.can_stop, going.can_retry, over.can_stop, over.can_retry) == (True, False, False, True)
    assert going.events == f"/runs/{RUN}/events?since=7"
    assert not live_page(report_data(), guard, 0).can_retry
    purged = report_data(failures=failed, phases=(phase("purge", 0.0, 1.0),))
    assert not live_page(purged, guard, 0).can_retry
