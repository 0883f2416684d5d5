"""The last lines of a terminal, painted again and again."""

from __future__ import annotations

from contextlib import suppress

import pytest

from recipebatch.cli.process.live_region import (
    LiveRegion,
    awaiting_answer,
    other_text,
    rewraps_lines,
    size_of,
    write_other_text,
)


class Written:
    def __init__(self, columns: int, *, reflows: bool) -> None:
        self.text = ""
        self.columns = columns
        self.region = LiveRegion(self._write, lambda: (self.columns, 24), reflows=reflows)

    def _write(self, text: str) -> None:
        self.text = text


@pytest.mark.parametrize(("reflows", "rows"), [(True, 5), (False, 2)])
def test_lines_that_the_terminal_has_wrapped_are_taken_away_as_a_whole(reflows: bool, rows: int) -> None:  # noqa: FBT001
    written = Written(100, reflows=reflows)
    written.region.paint([("x" * 90, 90), ("y" * 50, 50)])
    written.columns = 40
    written.region.paint([("z", 1)])
    assert written.text == f"\r\x1b[{rows - 1}Az\x1b[K\x1b[J"
    written.region.hide()
    assert written.text == "\r\x1b[J\x1b[?25h"


def test_a_region_waits_for_the_end_of_a_line_of_other_text() -> None:
    written = Written(80, reflows=True)
    try:
        other_text(ends_line=False)
        written.region.paint([("a", 1)])
        assert written.text == ""
        with awaiting_answer():
            pass
        written.region.paint([("a", 1)])
        assert written.text.endswith("a\x1b[K\x1b[J")
        other_text(ends_line=True)
        assert written.text.endswith("\x1b[?25h")
    finally:
        written.region.hide()


def test_what_comes_while_a_question_waits_is_written_after_its_answer() -> None:
    region = Written(80, reflows=True)
    written: list[str] = []

    def write(text: str) -> None:
        write_other_text(lambda: written.append(text), ends_line=text.endswith("\n"))

    write("Delete? ")
    with suppress(KeyboardInterrupt), awaiting_answer():
        write("GET\n")
        region.region.paint([("a", 1)])
        assert (written, region.text) == (["Delete? "], "")
        raise KeyboardInterrupt
    assert written == ["Delete? ", "GET\n"]


@pytest.mark.parametrize(
    ("environ", "wraps"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(390)"}, False),
        ({"TERM": "screen"}, False),
        ({"TERM": "screen", "TMUX": "1"}, True),
        ({"TERM": "linux"}, False),
    ],
)
def test_most_terminals_wrap_lines_anew(environ: dict[str, str], wraps: bool) -> None:  # noqa: FBT001
    assert rewraps_lines(environ) is wraps


def test_a_terminal_that_does_not_say_its_size_has_the_usual_one() -> None:
    assert size_of(-1) == (80, 24)
