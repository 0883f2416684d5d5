"""No name, path or address of a recipe holds a control character: every key of the schema that takes a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attack.recipes.hostile_recipes import keys, put

from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe import parse_recipe

BASE = {
    "schema_version": 1,
    "name": "demo",
    "pool": {"image": "ubuntu-24.04", "vm_size": "s", "target_dedicated_nodes": 1},
    "tasks": [{"command_line": "x"}],
}
NOWHERE = frozenset("\ud800\x00")
VARIABLES = frozenset(("environment_settings", "common_environment_settings"))
CONTROLS = ("\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\r", "\ud800", "\x00")


def free(path: tuple[str | int, ...], control: str = "\x00") -> bool:
    """Whether a text is data: a description, a program, a file's text, or what becomes part of other values only."""
    return (
        bool(
            {
                "description",
                "content",
                "command_line",
                "commands",
                "default",
                "enum",
                "pattern",
                "vars",
                "items",
                "arguments",
            }
            & set(path)
        )
        or (control not in NOWHERE and bool(VARIABLES & set(path)))
        or any("coordination_command" in str(key) for key in path)
    )


def lines_allowed(path: tuple[str | int, ...]) -> bool:
    """Whether a text may have several lines."""
    return bool({"environment_settings", "common_environment_settings", "formula", "raw"} & set(path))


def problems_at(path: tuple[str | int, ...], value: str) -> list[str]:
    """What is wrong with the line of a value that stands at a key of a recipe that is right otherwise."""
    document: dict[str, Any] = json.loads(json.dumps(BASE))
    put(document, path, f"mark{value}")
    text = json.dumps(document, indent=1)
    line = next(number for number, line in enumerate(text.split("\n"), 1) if "mark" in line)
    try:
        parse_recipe(text, file="r.yaml", folder=Path())
    except InvalidRecipeError as error:
        return [problem.code for problem in error.problems if problem.at.line == line]
    return []


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_no_key_takes_a_control_character(control: str) -> None:
    taken = [path for path in keys() if not free(path, control) and not problems_at(path, f"{control}b")]
    assert taken == []


def test_only_values_of_variables_formulas_and_raw_have_several_lines() -> None:
    taken = [path for path in keys() if not free(path) and not problems_at(path, "\nb")]
    assert [path for path in taken if not lines_allowed(path)] == []
    assert [path for path in keys() if not free(path) and not problems_at(path, "\n")] == taken
