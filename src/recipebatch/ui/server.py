"""UiServer: the pages of an account's runs by HTTP on the loopback address."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import parse_qs, urlsplit

from recipebatch import pages
from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.phases import PURGE
from recipebatch.runs import DONE
from recipebatch.text.secret import redacted
from recipebatch.ui.guard import Guard
from recipebatch.ui.jobs import RUNNING, Jobs
from recipebatch.ui.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.report import Progress

_RUN = re.compile(r"/runs/([0-9a-z-]{1,64})(?:/(events|trace\.csv|stop|retry))?")
_KEEP_ALIVE_SECONDS = 15.0
_CLIENT_SECONDS = 30.0
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A page of this server loads the list: a cookie that is SameSite=Strict is not sent where another page led here.
_ENTER = """<!doctype html>
<html lang="en"><meta http-equiv="refresh" content="0;url=/"><title>recipebatch</title><link rel="icon" href="data:,">
"""


class Runs(Protocol):
    """The runs of an account; `AccountRuns` are those of a real one."""

    @property
    def label(self) -> str:
        """How pages call the account."""

    def rows(self) -> Sequence[pages.RunRow]:
        """All runs, newest first."""

    def report(self, run: str) -> pages.RunReportData:
        """The report of one run; raises UsageError if there is none."""

    def stop(self, run: str, progress: Progress) -> str:
        """Stop a run; what came of it."""

    def retry(self, run: str, progress: Progress) -> str:
        """Retry the failed tasks of a run; what came of it."""


class UiServer:
    """The server; use it in `with`, which starts and ends it.

    Args:
        runs: of the account.
        port: to listen on; 0 is a free one.
        every: seconds between two looks at what a page shows, at least.

    Raises:
        UsageError: another program listens on that port.
    """

    def __init__(self, runs: Runs, *, port: int = 0, every: float = 3.0) -> None:
        self.runs = runs
        self.jobs = Jobs(self._tell)
        self._every = every
        self._lock = threading.Lock()
        self._watched: dict[str, Watched[pages.RunReportData]] = {}
        self.list = Watched(self._rows, every, changing_rows)
        try:
            self._http = _HttpServer(("127.0.0.1", port), partial(_Handler, self))
        except OSError as error:
            raise UsageError(f"--port {port}: {error.strerror}", hint="without --port a free one is used") from None
        self.port = int(self._http.server_address[1])
        self.guard = Guard(self.port)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.2,), name="ui", daemon=True)

    @property
    def address(self) -> str:
        """The address for the user, with the token."""
        return f"http://127.0.0.1:{self.port}/?token={self.guard.token}"

    @property
    def address_for_browser(self) -> str:
        """The same for one use."""
        return f"http://127.0.0.1:{self.port}/?token={self.guard.once()}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.list.close()
        for watched in self._watched.values():
            watched.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def run(self, run: str) -> Watched[pages.RunReportData]:
        """One run as it is watched."""
        with self._lock:
            if run not in self._watched:
                self._watched[run] = Watched(partial(self.runs.report, run), self._every, changing)
            return self._watched[run]

    def _rows(self) -> list[pages.RunRow]:
        return list(self.runs.rows())

    def _tell(self, run: str) -> None:
        self.run(run).tell()


def changing_rows(rows: Sequence[pages.RunRow]) -> object:
    """What of a list of runs tells that it has changed: all but their age. Pure."""
    return [replace(row, age=0.0) for row in rows]


def changing(data: pages.RunReportData) -> object:
    """What of a report tells that it has changed: all but the time, as nodes and tasks of now last until now. Pure."""
    return (data.facts, data.live, data.phases, data.tasks, data.nodes, data.failures, data.unknown)


def live_page(data: pages.RunReportData, guard: Guard, changes: int) -> pages.LivePage:
    """What the page of a run needs, and what can be done from it. Pure."""
    facts = data.facts
    purged = any(phase.name == PURGE.name and phase.state == DONE for phase in data.phases)
    return pages.LivePage(
        token=guard.page_token,
        events=f"/runs/{facts.run_id}/events?since={changes}",
        can_stop=data.live,
        can_retry=not data.live and not purged and bool(data.failures_total),
    )


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that closes a page ends its connections; all else is answered."""


class _Handler(BaseHTTPRequestHandler):
    """One request.

    Args:
        ui: the server.
    """

    protocol_version = "HTTP/1.1"
    server_version = "recipebatch"
    sys_version = ""
    timeout = _CLIENT_SECONDS

    def __init__(self, ui: UiServer, *arguments: Any) -> None:
        self._ui = ui
        super().__init__(*arguments)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Requests are not logged: their addresses may hold the token."""

    def do_GET(self) -> None:
        """Pages, streams of events, trace.csv."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Stop and retry."""
        self._answer(self._post)

    def _answer(self, work: Any) -> None:
        headers = dict(self.headers.items())
        if not self._ui.guard.names_server(headers):
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "this server answers requests to its own address only")
            return
        try:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
        except ValueError:
            self._send(HTTPStatus.BAD_REQUEST, "the address cannot be read")
            return
        try:
            work(url.path, query, headers)
        except UsageError as error:
            self._send(HTTPStatus.NOT_FOUND, error.message)
        except RecipeBatchError as error:
            self._send(HTTPStatus.BAD_GATEWAY, error.message)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True
        except Exception as error:  # noqa: BLE001 - the page says it, where a traceback would cover the terminal
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, f"this is an error of recipebatch: {error!r}")

    def _get(self, path: str, query: dict[str, list[str]], headers: dict[str, str]) -> None:
        guard = self._ui.guard
        if path == "/" and "token" in query:
            if guard.takes(query["token"][0]):
                self._send(HTTPStatus.OK, _ENTER, "text/html", **{"Set-Cookie": guard.cookie()})
            else:
                self._send(
                    HTTPStatus.FORBIDDEN, "the token is wrong: open the address that recipebatch ui printed last"
                )
            return
        if not guard.is_known(headers):
            self._send(HTTPStatus.FORBIDDEN, "open the address that recipebatch ui printed: it holds the token")
            return
        found = _RUN.fullmatch(path)
        if path == "/":
            self._list()
        elif path == "/events":
            self._events(self._ui.list, _since(query))
        elif found is not None and found[2] is None:
            self._run(found[1])
        elif found is not None and found[2] == "events":
            self._events(self._ui.run(found[1]), _since(query), found[1])
        elif found is not None and found[2] == "trace.csv":
            data = self._ui.run(found[1]).value()
            name = f'attachment; filename="trace-{found[1]}.csv"'
            self._send(HTTPStatus.OK, pages.trace_csv(data.tasks), "text/csv", **{"Content-Disposition": name})
        else:
            self._send(HTTPStatus.NOT_FOUND, "there is no such page")

    def _post(self, path: str, _query: dict[str, list[str]], headers: dict[str, str]) -> None:
        # Nothing is read of a body: the connection ends with the answer.
        self.close_connection = True
        guard = self._ui.guard
        found = _RUN.fullmatch(path)
        if not (guard.is_known(headers) and guard.may_change(headers)):
            self._send(HTTPStatus.FORBIDDEN, "only a page of recipebatch ui may ask for this")
        elif found is None or found[2] not in {"stop", "retry"}:
            self._send(HTTPStatus.NOT_FOUND, "there is no such page")
        else:
            run, kind = found[1], found[2]
            # Of a run that is not there nothing is begun.
            self._ui.run(run).value()
            work = self._ui.runs.stop if kind == "stop" else self._ui.runs.retry
            if self._ui.jobs.begin(kind, run, partial(work, run)):
                self._send(HTTPStatus.ACCEPTED, f"{kind} of run {run} has begun")
            else:
                self._send(HTTPStatus.CONFLICT, f"run {run} is being worked on from here already")

    def _list(self) -> None:
        watched = self._ui.list
        live = pages.LivePage(token=self._ui.guard.page_token, events=f"/events?since={watched.changes}")
        text = pages.runs_page(watched.value(), self._ui.runs.label, now=time.time(), live=live)
        self._send(HTTPStatus.OK, text, "text/html")

    def _run(self, run: str) -> None:
        watched = self._ui.run(run)
        changes = watched.changes
        data = watched.value()
        self._send(HTTPStatus.OK, pages.run_page(data, live=live_page(data, self._ui.guard, changes)), "text/html")

    def _events(self, watched: Watched[Any], changes: int, run: str = "") -> None:
        """A stream of server-sent events: `changed`, and `job` with what a job of the run says."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        for name, value in (_HEADERS | {"Content-Type": "text/event-stream", "Connection": "close"}).items():
            self.send_header(name, value)
        self.end_headers()
        version = -1
        said: dict[str, Any] | None = None
        job = self._ui.jobs.of(run)
        if job is not None and job.state != RUNNING:
            said = job.to_json()
        with watched:
            while not watched.is_closed:
                newest = watched.version
                if watched.changes != changes:
                    changes = watched.changes
                    self._event("changed", str(changes))
                job = self._ui.jobs.of(run)
                if job is not None and (now := job.to_json()) != said:
                    said = now
                    self._event("job", json.dumps(said))
                if newest == version:
                    self._write(b":\n\n")
                version = newest
                watched.wait(version, _KEEP_ALIVE_SECONDS)

    def _event(self, name: str, data: str) -> None:
        self._write(f"event: {name}\ndata: {data}\n\n".encode())

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def _send(self, status: HTTPStatus, text: str, kind: str = "text/plain", **headers: str) -> None:
        body = (text if kind != "text/plain" else redacted(text)).encode("utf-8", "backslashreplace")
        self.send_response(status)
        for name, value in (_HEADERS | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _since(query: dict[str, list[str]]) -> int:
    text = query.get("since", ["0"])[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - no larger number
