"""Parameters from `-p` and from files."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.options import (
    SharedOptions,
    choose_on_terminal,
    confirm_on_terminal,
    load_recipe,
    moment,
    parameters,
)
from recipebatch.errors import InvalidRecipeError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_value_is_all_that_follows_the_first_equals_sign() -> None:
    assert parameters(["a=1", "b=", "c=x=y"]) == {"a": "1", "b": "", "c": "x=y"}
    assert parameters(None) == {}


@pytest.mark.parametrize(("given", "named"), [(["words"], "-p words"), (["=3"], "-p =3"), (["a=1", "a=1"], "-p a")])
def test_what_is_not_one_value_of_one_name_is_refused(given: list[str], named: str) -> None:
    with pytest.raises(UsageError, match=f"^{named}: "):
        parameters(given)


def test_the_last_file_overrides_the_first_and_the_command_line_both(tmp_path: Path) -> None:
    first, last = tmp_path / "first.yaml", tmp_path / "last.json"
    first.write_text("a: 1\nb: 1\nc: 1\n")
    last.write_text('{"b": 2, "c": 2}')
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "schema_version: 1\nname: demo\npool: {existing: p}\ntasks: [{command_line: a}]\n"
        "parameters: {a: {type: integer}, b: {type: integer}, c: {type: integer}}\n"
    )
    assert load_recipe(str(recipe), ["c=3"], [first, last]).given == {"a": 1, "b": 2, "c": "3"}


def test_a_file_that_is_not_well_formed_is_an_error_with_its_position(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("a: [1\n")
    with pytest.raises(InvalidRecipeError) as refused:
        load_recipe("builtin:topn", None, [file])
    assert refused.value.problems[0].at.file == str(file)


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def use_terminal(monkeypatch: pytest.MonkeyPatch, typed: str = "") -> None:
    """Make stdin and stderr terminals with the given input."""
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stderr", Terminal())


def test_a_timeout_is_a_duration_of_a_recipe_or_in_seconds() -> None:
    assert SharedOptions().phase_options.timeout is None
    assert SharedOptions(timeout="0.5").phase_options.timeout == timedelta(milliseconds=500)
    assert SharedOptions(timeout="20s").phase_options.timeout == timedelta(seconds=20)
    assert SharedOptions(timeout="PT1H").phase_options.timeout == timedelta(hours=1)
    for wrong in ("soon", "99999999h"):
        with pytest.raises(UsageError) as raised:
            _ = SharedOptions(timeout=wrong).phase_options
        assert raised.value.message.startswith("--timeout: ")


def test_yes_asks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert confirm_on_terminal(yes=True)("pool", ("p1",))
    assert capsys.readouterr().err == ""


def test_without_a_terminal_everything_is_kept_and_why_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    confirm = confirm_on_terminal(yes=False)
    assert not confirm("job", ("j1",))
    assert not confirm("pool", ("p1", "p2"))
    said = "no terminal to ask on; --yes deletes without asking\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(("typed", "default", "confirmed"), [("y\n", False, True), ("n\n", True, False)])
def test_on_a_terminal_the_answer_counts(
    monkeypatch: pytest.MonkeyPatch, typed: str, *, default: bool, confirmed: bool
) -> None:
    use_terminal(monkeypatch, typed)
    assert confirm_on_terminal(yes=False, default=default)("pool", ("p1",)) is confirmed


def test_ctrl_c_at_a_question_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)

    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.stdin, "readline", interrupted)
    with pytest.raises(KeyboardInterrupt):
        confirm_on_terminal(yes=False)("pool", ("p1",))


def test_a_question_with_answers_is_asked_until_one_is_clear(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choose = choose_on_terminal(yes=False)
    assert choose("go on", ("yes", "no")) is None
    assert capsys.readouterr().err == ""
    for typed, answer in (("maybe\n\nN\n", "new"), ("cont\n", "continue"), ("", None)):
        use_terminal(monkeypatch, typed)
        assert choose("this or that", ("continue", "new")) == answer


def test_yes_answers_what_can_be_answered_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch, "new\n")
    choose = choose_on_terminal(yes=True)
    assert choose("purge it", ("yes", "no")) == "yes"
    assert choose("this or that", ("continue", "new")) is None


def test_a_time_is_written_as_such_or_as_how_long_ago_it_was() -> None:
    now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert moment("--since", None, now) is None
    assert moment("--since", "90m", now) == now - timedelta(minutes=90)
    assert moment("--since", "2026-01-02T10:00:00+01:00", now) == now - timedelta(hours=3)
    day = moment("--since", "2026-01-02", now)
    assert day is not None
    assert day.replace(tzinfo=None) == datetime(2026, 1, 2)  # noqa: DTZ001 - of this machine's zone
    with pytest.raises(UsageError, match="--since: 'yesterday' is no time"):
        moment("--since", "yesterday", now)
