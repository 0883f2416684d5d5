"""Events as lines of JSON in a file or on stdout."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.cli.progress.event_log import EventLog
from recipebatch.errors import OutputError, ServiceError
from recipebatch.report import Amount, Quiet, Request, RunOpened, TaskCounts, TaskTotals
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Times:
    """A clock that moves on by a tenth of a second each time."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=0.1)
        return self.now


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_a_line_is_there_at_once_with_its_time_and_its_run(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(Quiet(), path, now=lambda: NOW) as log:
        log.say("account: local")
        assert lines(path) == [
            {
                "version": 1,
                "time": "2026-01-02T03:04:05.000+00:00",
                "run": None,
                "event": "note",
                "text": "account: local",
            }
        ]
        log.tell(RunOpened(run_id="r1", recipe="topn", account="local"))
        log.say("more")
    assert [each["run"] for each in lines(path)] == [None, "r1", "r1"]
    with EventLog(Quiet(), path) as log:
        log.say("it is added to")
    assert len(lines(path)) == 4


def test_what_says_nothing_new_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    counts = TaskCounts(job_id="j", job="j", planned=2, totals=TaskTotals(active=2))
    with EventLog(Quiet(), path, now=Times()) as log:
        for done in range(30):
            log.tell(Amount(what="uploaded", done=done, total=30, unit="bytes"))
            log.tell(counts)
        log.tell(Amount(what="uploaded", done=30, total=30, unit="bytes", ended=True))
        log.tell(Request(method="GET", url="https://a", status=200, error="", milliseconds=1))
    written = lines(path)
    assert len([each for each in written if each["event"] == "tasks"]) == 1
    amounts = [each["done"] for each in written if each["event"] == "amount"]
    assert (amounts[0], amounts[-1]) == (0, 30)
    assert len(amounts) < 10
    assert "request" not in {each["event"] for each in written}


def test_an_error_is_the_last_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with pytest.raises(ServiceError), EventLog(Quiet(), path):
        raise ServiceError("it is gone")
    assert [(each["event"], each["code"]) for each in lines(path)] == [("error", "service")]


def test_no_line_has_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    secret = Secret("correct horse battery staple")
    with EventLog(Quiet(), path) as log:
        log.say(f"the password {secret.reveal()} and https://a.blob/c?sv=1&sig=abcdefgh%3D&se=2, is that so?")
    assert lines(path)[0]["text"] == "the password *** and https://a.blob/c?sv=1&sig=***&se=2, is that so?"


def test_a_reader_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with EventLog(Quiet(), path) as log:
        log.say("one")
        os.close(reader)
        log.say("two")
        log.say("three")


def test_a_full_disk_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    from pathlib import Path as RealPath

    full = RealPath("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with EventLog(Quiet(), full) as log:
        log.say("one")
        log.say("two")
    assert capsys.readouterr().err == "events are no longer written to /dev/full: No space left on device\n"


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*none/events: No such file or directory"):
        EventLog(Quiet(), tmp_path / "none" / "events")


def test_without_a_file_lines_are_printed() -> None:
    printed: list[str] = []
    with EventLog(Quiet(), None, print_line=printed.append) as log:
        log.say("one")
    assert json.loads(printed[0])["text"] == "one"
