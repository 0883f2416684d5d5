"""What a command tells goes to where its options say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.debug_log import DebugLog
from recipebatch.cli.process import print_text, streams
from recipebatch.cli.progress import open_progress
from recipebatch.cli.progress.opened import Kept
from recipebatch.cli.progress.plain import PlainProgress
from recipebatch.cli.verbosity import verbosity
from recipebatch.report import PhaseStarted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _as_usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(streams, "_events_only", [False])
    yield
    verbosity.reset()


def test_a_pipe_gets_plain_lines() -> None:
    with open_progress() as progress:
        assert isinstance(progress, Kept)
        assert isinstance(progress.shown, PlainProgress)


def test_quiet_says_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    verbosity.quiet = True
    with open_progress() as progress:
        progress.say("account: local")
    assert capsys.readouterr().err == ""


def test_events_on_stdout_leave_it_to_them_and_results_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    verbosity.write_events("-", json=False)
    with open_progress() as progress:
        progress.tell(PhaseStarted(phase="stage"))
    print_text("stage: done")
    shown = capsys.readouterr()
    assert json.loads(shown.out)["event"] == "phase_started"
    assert shown.err == "stage: done\n"


def test_a_file_gets_events_and_the_log_of_debug_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verbosity.write_events(str(tmp_path / "events"), json=True)
    verbosity.debug = DebugLog(tmp_path, ["recipebatch"])
    with open_progress() as progress:
        progress.say("account: local")
        progress.tell(PhaseStarted(phase="stage"))
    verbosity.debug.end(0)
    kinds = [json.loads(line)["event"] for line in (tmp_path / "events").read_text(encoding="ascii").splitlines()]
    assert kinds == ["note", "phase_started"]
    assert "PhaseStarted: PhaseStarted(phase='stage')" in verbosity.debug.path.read_text(encoding="utf-8")
    assert capsys.readouterr().err == "account: local\n"
