"""The live view on a terminal: lines that stay above it, nothing torn when the terminal is resized."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyte
import pytest

from recipebatch.cli.process import LiveRegion, streams
from recipebatch.cli.progress.live import LiveProgress
from recipebatch.report import FailedTask, PhaseEnded, PhaseReport, PhaseStarted, TaskCounts, TaskFailed, TaskTotals

if TYPE_CHECKING:
    from collections.abc import Iterator


class Terminal(io.StringIO):
    """A terminal in memory, which stderr is shown on."""

    encoding = "utf-8"

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__()
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.Stream(self.screen)

    def write(self, text: str) -> int:
        self.stream.feed(text.replace("\n", "\r\n").replace("\r\r\n", "\r\n"))
        return len(text)

    def isatty(self) -> bool:
        return True

    def region(self) -> LiveRegion:
        return LiveRegion(self.write, lambda: (self.screen.columns, self.screen.lines), reflows=False)

    @property
    def shown(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display if line.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "linux")
    terminal = Terminal(80, 10)
    monkeypatch.setattr(streams, "_stderr", lambda: streams.SafeStream(terminal))
    return terminal


@pytest.fixture
def live(terminal: Terminal) -> Iterator[LiveProgress]:
    """A live view that is painted when a test says so."""
    with LiveProgress(region=terminal.region(), clock=lambda: 0.0, paints_itself=False) as live:
        yield live


def counts(done: int, failed: int = 0) -> TaskCounts:
    totals = TaskTotals(active=90 - done, running=10, succeeded=done - failed, failed=failed)
    return TaskCounts(job_id="j-r1", job="j", planned=100, totals=totals)


def test_lines_that_stay_are_above_the_view_and_the_view_goes_with_its_phase(
    live: LiveProgress, terminal: Terminal
) -> None:
    live.say("account: local")
    live.tell(PhaseStarted(phase="watch"))
    live.tell(counts(10))
    live.paint()
    assert terminal.shown == [
        "account: local",
        "⠙ watch 0:00",
        "  j  ━━──────────────────────  10/100 · 10 running",
    ]
    live.say("pool p keeps its nodes")
    assert terminal.shown == ["account: local", "pool p keeps its nodes"]
    live.tell(counts(50))
    live.paint()
    assert terminal.shown[-1] == "  j  ━━━━━━━━━━━━────────────  50/100 · 10 running"
    live.tell(PhaseEnded(phase="watch", report=PhaseReport(phase="watch", summary="100 of 100 tasks succeeded")))
    live.paint()
    assert terminal.shown == ["account: local", "pool p keeps its nodes"]


def test_pictures_replace_each_other_also_at_the_end_of_the_screen(live: LiveProgress, terminal: Terminal) -> None:
    for number in range(20):
        live.say(f"line {number}")
    live.tell(PhaseStarted(phase="watch"))
    for done in range(0, 90, 10):
        live.tell(counts(done))
        live.paint()
    assert terminal.shown[:-2] == [f"line {number}" for number in range(12, 20)]
    assert terminal.shown[-1].endswith("80/100 · 10 running")


@pytest.mark.parametrize("widths", [(60, 80), (40, 100), (100, 50)])
def test_a_terminal_that_is_resized_shows_one_whole_view(
    live: LiveProgress, terminal: Terminal, widths: tuple[int, int]
) -> None:
    live.say("account: local")
    live.tell(PhaseStarted(phase="watch"))
    for width in widths:
        live.tell(counts(30))
        live.paint()
        terminal.screen.resize(columns=width)
        live.paint()
        assert terminal.shown[0] == "account: local"
        assert len(terminal.shown) == 3
        assert terminal.shown[2].endswith("30/100 · 10 running")
        assert len(terminal.shown[2]) < width


def test_a_view_is_never_higher_than_its_terminal(live: LiveProgress, terminal: Terminal) -> None:
    terminal.screen.resize(lines=4)
    live.tell(PhaseStarted(phase="watch"))
    for number in range(30):
        live.tell(TaskCounts(job_id=f"j{number}", job=f"j{number}", planned=1, totals=TaskTotals(active=1)))
    live.paint()
    live.paint()
    assert len(terminal.shown) == 2
    assert terminal.shown[1] == "  and 30 more templates: 30 not begun"


def test_failures_of_a_kind_are_counted_below_and_said_at_the_end(live: LiveProgress, terminal: Terminal) -> None:
    live.tell(PhaseStarted(phase="watch"))
    for number in range(3):
        failure = FailedTask(job_id="j", task_id=f"t{number}", exit_code=3, code="FailureExitCode", message="it failed")
        live.tell(TaskFailed(failure=failure, template="count"))
    live.paint()
    assert terminal.shown[0] == "task t0 failed: exit code 3, it failed (FailureExitCode)"
    assert terminal.shown[-1] == "  failed 3 × count: exit code 3; first t0, t1, t2"
    live.tell(PhaseEnded(phase="watch"))
    assert terminal.shown[-1] == "3 × count: exit code 3; first t0, t1, t2"


def test_names_cannot_control_the_terminal(live: LiveProgress, terminal: Terminal) -> None:
    live.tell(TaskCounts(job_id="j", job="a\x1b[2Jb", planned=1, totals=TaskTotals(active=1)))
    live.paint()
    assert terminal.shown[1].startswith("  a\\x1b[2Jb")


def test_a_view_paints_itself_until_it_is_closed(terminal: Terminal) -> None:
    from waiting import wait_for

    with LiveProgress(region=terminal.region(), clock=lambda: 0.0) as live:
        live.tell(PhaseStarted(phase="stage"))
        wait_for(lambda: len(terminal.shown) == 1, "the first picture")
    assert terminal.shown == []


def test_colours_are_left_out_where_they_are_not_wanted(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def coloured() -> bool:
        with LiveProgress(region=terminal.region(), clock=lambda: 0.0, paints_itself=False) as live:
            live.tell(counts(50))
            live.paint()
            return any(cell.fg != "default" for line in terminal.screen.buffer.values() for cell in line.values())

    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured()
    monkeypatch.delenv("NO_COLOR")
    assert coloured()
