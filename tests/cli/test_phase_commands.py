"""apply and the phases as commands: what they refuse before anything is opened, and how they ask."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import typer
from typer.testing import CliRunner

from recipebatch.cli.app import app
from recipebatch.cli.phase_commands import confirm_on_terminal, seconds
from recipebatch.errors import UsageError

TOPN = "builtin:topn"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def use_terminal(monkeypatch: pytest.MonkeyPatch, typed: str = "") -> None:
    """From now on stdin and stderr are terminals, on which the user types."""
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stderr", Terminal())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["apply", TOPN, "--from", "nowhere"], "nowhere"),
        (["apply", TOPN, "--from", "watch", "--to", "stage"], "watch"),
        (["apply", TOPN, "--only", "watch", "--to", "watch"], "--only"),
        (["apply", TOPN, "--from", "watch", "--new"], "stage"),
        (["apply", TOPN, "--only", "watch", "-p", "words=5"], "stage"),
        (["stage", TOPN, "--run", "r1"], "run"),
        (["stage", "--run", "r1", "-p", "words=5"], "--run"),
        (["watch"], "--run"),
        (["purge", "--orphans", "--force"], "--orphans"),
        (["purge", "--orphans", TOPN], "--orphans"),
    ],
)
def test_options_that_contradict_each_other_are_refused(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, UsageError)
    assert said in result.exception.message + str(result.exception.hint)


def test_a_timeout_is_in_seconds() -> None:
    assert seconds(None) is None
    assert seconds(0.5) == timedelta(milliseconds=500)


def test_yes_asks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert confirm_on_terminal(yes=True)("pool", ("p1",))
    assert capsys.readouterr().err == ""


def test_without_a_terminal_everything_is_kept_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert not confirm_on_terminal(yes=False)("pool", ("p1", "p2"))
    assert "kept pool p1, p2: " in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "default", "confirmed"), [("y\n", False, True), ("n\n", True, False)])
def test_on_a_terminal_the_answer_counts(
    monkeypatch: pytest.MonkeyPatch, typed: str, *, default: bool, confirmed: bool
) -> None:
    use_terminal(monkeypatch, typed)
    assert confirm_on_terminal(yes=False, default=default)("pool", ("p1",)) is confirmed


def test_ctrl_c_at_a_question_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)

    def aborted(*_arguments: object, **_options: object) -> bool:
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", aborted)
    with pytest.raises(KeyboardInterrupt):
        confirm_on_terminal(yes=False)("pool", ("p1",))
