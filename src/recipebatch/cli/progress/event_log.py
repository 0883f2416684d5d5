"""EventLog: one line of JSON for each event, for programs that follow a command."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

from recipebatch.cli.process import tell
from recipebatch.errors import OutputError, RecipeBatchError
from recipebatch.report import EVENTS_VERSION, Amount, Note, Request, TaskCounts, error_body, event_body
from recipebatch.text.secret import end_without_secrets
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from recipebatch.report import Event, Progress

_AMOUNTS_EVERY = 1.0
"""Seconds between two lines of the same amount."""


class EventLog:
    """Progress that is shown, and written as events too.

    A program that reads no more, or a disk that is full, ends no command.

    Args:
        shown: where else it is told.
        path: the file that lines are added to; None prints them.
        print_line: prints a line on stdout.
        verbose: write requests too.
        now: the time of day.

    Raises:
        OutputError: the file cannot be opened.
    """

    def __init__(
        self,
        shown: Progress,
        path: Path | None,
        *,
        print_line: Callable[[str], None] = tell,
        verbose: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._shown = shown
        self._print = print_line
        self._verbose = verbose
        self._now = now
        self._lock = Lock()
        self._last: dict[str, tuple[Any, datetime]] = {}
        self._run: str | None = None
        self._path = path
        self._file: IO[bytes] | None = None
        if path is not None:
            try:
                self._file = path.open("ab", buffering=0)
            except OSError as error:
                raise OutputError(
                    f"--events: cannot write {path}: {error.strerror}", hint="name a file in a folder that exists"
                ) from None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if isinstance(error, RecipeBatchError):
                self._write(error_body(error))
            self._close()

    def say(self, text: str) -> None:
        """Say one line, and write it."""
        self._shown.say(text)
        with self._lock:
            self._write(event_body(Note(text=text)))

    def tell(self, event: Event) -> None:
        """Follow an event, and write it if it says something new."""
        self._shown.tell(event)
        if isinstance(event, Request) and not self._verbose:
            return
        with self._lock:
            if not self._is_old(event):
                self._write(event_body(event))

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_old(self, event: Event) -> bool:
        """Whether it says what the last one said, or the last one was a moment ago."""
        if not isinstance(event, (Amount, TaskCounts)):
            return False
        now = self._now()
        name = event.what if isinstance(event, Amount) else event.job_id
        before, written = self._last.get(name, (None, now))
        if before == event:
            return True
        soon = before is not None and (now - written).total_seconds() < _AMOUNTS_EVERY
        if isinstance(event, Amount) and soon and not event.ended:
            return True
        self._last[name] = event, now
        return False

    def _write(self, body: dict[str, Any]) -> None:
        self._run = body["run"] if body["event"] == "run_opened" else self._run
        moment = self._now().isoformat(timespec="milliseconds")
        line = {"version": EVENTS_VERSION, "time": moment, "run": self._run, **body}
        text = json.dumps(without_secrets(line), default=str)
        if self._path is None:
            self._print(text)
        elif self._file is not None:
            try:
                self._file.write(text.encode() + b"\n")
            except BrokenPipeError:
                self._close()
            except OSError as error:
                self._close()
                tell(one_line(f"events are no longer written to {self._path}: {error.strerror}"))


def without_secrets(value: Any) -> Any:
    """The value with what looks like a key or a token, or is a secret of this process, taken out of its texts."""
    if isinstance(value, str):
        return end_without_secrets(value, len(value.encode("utf-8", "replace")))
    if isinstance(value, dict):
        return {key: without_secrets(each) for key, each in value.items()}
    return [without_secrets(each) for each in value] if isinstance(value, (list, tuple)) else value
