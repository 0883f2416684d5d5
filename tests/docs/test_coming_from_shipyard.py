"""The page about Batch Shipyard is true: its keys are in the schema, its commands in the program."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from recipebatch import bundled_files
from recipebatch.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (bundled_files.root() / "docs" / "coming-from-shipyard.md").read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = json.loads(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"))
FEATURES = 206
"""Features of the old tools that are of more than little use and still have a meaning."""

ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| Batch Shipyard or ")
]


def below(rule: Any, step: str) -> Iterator[Any]:
    """What a key of a mapping, or of the mappings of a list, may be."""
    if "$ref" in rule:
        yield from below(SCHEMA["$defs"][rule["$ref"].rpartition("/")[2]], step)
    for branch in rule.get("anyOf", ()):
        yield from below(branch, step)
    if "items" in rule and isinstance(rule["items"], dict):
        yield from below(rule["items"], step)
    if step == "NAME" and isinstance(rule.get("additionalProperties"), dict):
        yield rule["additionalProperties"]
    if step in rule.get("properties", {}):
        yield rule["properties"][step]


def is_key(path: str) -> bool:
    found: list[Any] = [SCHEMA]
    for step in path.split("."):
        found = [inner for rule in found for inner in below(rule, step)]
    return bool(found)


def test_no_row_is_empty_and_none_is_missing() -> None:
    assert len(ROWS) == FEATURES
    assert [row for row in ROWS if len(row) < 2 or not row[0] or not row[1]] == []


def test_every_key_that_a_row_names_is_one_of_a_recipe() -> None:
    keys = {
        word
        for row in ROWS
        for cell in row[1:]
        for word in re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)*)`", cell)
        if "." in word or word in SCHEMA["properties"]
    } - {"accounts.yaml"}
    assert len(keys) > 80
    assert [key for key in sorted(keys) if not is_key(key)] == []
    assert not is_key("pool.vm_sice")


def test_every_command_that_a_row_names_is_one_of_the_program() -> None:
    program: Any = get_command(app)
    named = [words.split() for row in ROWS for cell in row for words in re.findall(r"`recipebatch ([^`]+)`", cell)]
    assert len(named) > 30
    for name, *options in named:
        command = program.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {option for option in options if option.startswith("-")} <= known, (name, options)
