"""Progress on stderr: lines in a pipe, bars on a terminal."""

from __future__ import annotations

import io
import sys
import time

import pytest

from recipebatch.cli.progress import LiveProgress, PlainProgress, open_progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of progress bars; the last entry is the current time."""
    times = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: times[-1])
    return times


def test_a_pipe_gets_plain_lines() -> None:
    assert isinstance(open_progress(), PlainProgress)


def test_a_plain_bar_writes_a_line_when_it_has_moved_and_ten_seconds_have_passed(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with PlainProgress() as plain:
        bar = plain.bar("tasks of j1", total=1000, unit="tasks")
        bar.update(1)
        clock.append(9.9)
        bar.update(2)
        assert stream.getvalue() == ""
        clock.append(10.0)
        bar.update(3)
        assert stream.getvalue() == "tasks of j1: 3/1,000 tasks\n"
        clock.append(30.0)
        bar.update(3)
        assert stream.getvalue().count("\n") == 1
        bar.update(1500, total=2000, text="1 failed")
        assert stream.getvalue().splitlines()[-1] == "tasks of j1: 1,500/2,000 tasks (1 failed)"
        bar.close()


def test_quiet_progress_writes_only_what_is_said(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    quiet = PlainProgress(quiet=True)
    bar = quiet.bar("nodes", total=2, unit="nodes")
    clock.append(60.0)
    bar.update(2)
    quiet.say("account: local")
    assert stream.getvalue() == "account: local\n"


def test_a_live_bar_leaves_only_messages_behind(capsys: pytest.CaptureFixture[str]) -> None:
    with LiveProgress() as live:
        live.say("[not markup]")
        bar = live.bar("stage", total=4096, unit="bytes")
        bar.update(2048)
        bar.update(4096, total=8192, text="a.txt")
        bar.close()
    output = capsys.readouterr()
    assert "[not markup]" in output.err
    assert output.out == ""
