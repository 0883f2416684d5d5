"""apply, the phases and retry as commands: which options they take, and what they refuse before opening anything."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from recipebatch.cli.app import app
from recipebatch.cli.commands.phases import COMMANDS
from recipebatch.errors import UsageError
from recipebatch.phases import PHASES

TOPN = "builtin:topn"


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


OPTIONS: dict[str, set[str]] = {
    "stage": {"--param", "--params", "--new", "--yes", "--secret", "--allow-path", "--break-lock"},
    "provision": {"--yes", "--secret", "--allow-path", "--break-lock"},
    "submit": {"--yes", "--secret", "--allow-path", "--break-lock"},
    "watch": {"--timeout"},
    "collect": {"--output-dir", "--include", "--overwrite"},
    "purge": {"--all", "--orphans", "--yes", "--force", "--break-lock"},
}


@pytest.mark.parametrize("phase", PHASES, ids=str)
def test_every_phase_is_a_command_with_the_help_and_the_options_of_its_entry(phase: Any) -> None:
    command: Any = typer.main.get_command(app)
    found = command.commands[phase.name]
    assert found.help == phase.help
    options = {max(option.opts, key=len) for option in found.params if option.param_type_name == "option"}
    assert options == OPTIONS[phase.name] | {"--run", "--account", "--events", "--json"}
    assert set(COMMANDS) == set(PHASES)
