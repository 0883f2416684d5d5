"""The help of every command has examples, and each of them is a command line that recipebatch takes."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import typer

from recipebatch import api
from recipebatch.cli.app import START_SCREEN, app
from recipebatch.cli.verbosity import verbosity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command, and every group of commands except the first, with its path."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


TREE: Any = typer.main.get_command(app)
PATHS = [path for path, command in commands(TREE) if not command.hidden]


@pytest.fixture
def parsed() -> tuple[Any, list[dict[str, Any]]]:
    """The commands, which do nothing but say what they were given."""
    tree: Any = typer.main.get_command(app)
    seen: list[dict[str, Any]] = []
    for _, command in commands(tree):
        command.callback = lambda **given: seen.append(given)
    return tree, seen


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_the_help_of_a_command_has_two_examples_that_it_takes(
    path: tuple[str, ...], parsed: tuple[Any, list[dict[str, Any]]]
) -> None:
    tree, seen = parsed
    examples = dict(commands(tree))[path].examples
    assert len(examples) >= 2
    for example in examples:
        words = shlex.split(
            example.replace('eval "$(', "").replace(')"', "").replace("source <(", "").replace(")", ""), comments=True
        )
        if ">" in words:
            words = words[: words.index(">")]
        # A group shows also what is below it, and what is below it may be what the group does without a name.
        assert words[:2] == ["recipebatch", path[0]]
        before = len(seen)
        tree(args=words[1:], standalone_mode=False)
        assert len(seen) > before, example


def test_the_code_of_the_example_is_one() -> None:
    example = dict(commands(TREE))["explain",].examples[0]
    api.explain(shlex.split(example, comments=True)[-1])


def test_help_has_a_short_name_at_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["-h"], ["runs", "-h"], ["runs", "show", "-h"], ["plan", "-h"]):
        TREE(args=words, standalone_mode=False)
        assert "Examples:" in capsys.readouterr().out


def test_no_color_stands_before_or_after_the_command(
    parsed: tuple[Any, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, seen = parsed
    for words in (["--no-color", "recipes"], ["recipes", "--no-color"], ["runs", "show", "a", "--no-color"]):
        monkeypatch.setenv("NO_COLOR", "")
        tree(args=words, standalone_mode=False)
        assert os.environ["NO_COLOR"] == "1"
    assert len(seen) >= 3


@pytest.mark.parametrize("words", [["-q", "recipes"], ["recipes", "--quiet"], ["runs", "show", "a", "-q"]])
def test_quiet_stands_before_or_after_the_command(words: list[str], parsed: tuple[Any, list[dict[str, Any]]]) -> None:
    verbosity.reset()
    try:
        parsed[0](args=words, standalone_mode=False)
        assert (verbosity.quiet, verbosity.verbose) == (True, False)
        parsed[0](args=["--verbose", *words], standalone_mode=False)
        assert verbosity.verbose
    finally:
        verbosity.reset()


def test_debug_names_its_log(
    parsed: tuple[Any, list[dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RECIPEBATCH_DEBUG_DIR", str(tmp_path))
    verbosity.reset()
    try:
        parsed[0](args=["--debug", "recipes", "--debug"], standalone_mode=False)
        assert verbosity.debug is not None
        assert capsys.readouterr().err == f"debug log: {verbosity.debug.path}\n"
        verbosity.debug.end(0)
    finally:
        verbosity.reset()


def test_recipebatch_alone_shows_what_a_newcomer_needs(
    parsed: tuple[Any, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    TREE(args=[], standalone_mode=False)
    assert capsys.readouterr().out == START_SCREEN + "\n"
    assert max(map(len, START_SCREEN.splitlines())) <= 60
    lines = [line.strip() for line in START_SCREEN.splitlines() if line.startswith("  ")]
    assert len(lines) == 5
    for line in lines:
        parsed[0](args=line.split("  ")[0].split()[1:], standalone_mode=False)
