"""Editors show what a schema says of a key: what it means, what holds without it, an example; and complete by it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = sorted((Path(__file__).resolve().parents[2] / "schemas").glob("*.json"))
NAMES = [path.name for path in FILES]


@cache
def schema(name: str) -> dict[str, Any]:
    body = json.loads(next(path for path in FILES if path.name == name).read_text(encoding="utf-8"))
    assert isinstance(body, dict)
    return body


def resolved(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part with what it refers to; what stands beside `$ref` counts more."""
    while "$ref" in part:
        target: Any = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def keys(whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every key with its pointer, the mapping it belongs to and its own rules."""
    yield from _keys(whole, "#")


def _keys(part: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    if isinstance(part, dict):
        properties = part.get("properties")
        for name, rule in properties.items() if isinstance(properties, dict) else ():
            yield f"{pointer}/properties/{name}", part, rule
        for key, inner in part.items():
            if key != "dependentSchemas":  # which keys exclude each other: nothing of their own
                yield from _keys(inner, f"{pointer}/{key}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from _keys(inner, f"{pointer}/{number}")


def needed(mapping: dict[str, Any]) -> set[str]:
    """The keys that a mapping requires, and those of which it requires one."""
    found = {*mapping.get("required", ()), *mapping.get("then", {}).get("required", ())}
    for word in ("oneOf", "anyOf"):
        found |= {key for branch in mapping.get(word, ()) for key in branch.get("required", ())}
    return found


def is_choice(rule: dict[str, Any]) -> bool:
    """Whether the values themselves tell all: true, false, or words that are listed."""
    branches = [rule, *rule.get("anyOf", ())]
    return any(branch.get("type") == "boolean" or branch.keys() & {"enum", "const"} for branch in branches)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_of_2020_12(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(name)["description"]


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_described_in_a_sentence(name: str) -> None:
    found = {pointer: resolved(schema(name), rule).get("description", "") for pointer, _, rule in keys(schema(name))}
    assert found
    assert [pointer for pointer, text in found.items() if not re.match(r"[^a-z].*[.)]\Z", text, re.DOTALL)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_key_says_what_holds_without_it(name: str) -> None:
    """It must be there, or has a `default`, or its description tells the default in words."""
    silent = []
    for pointer, mapping, rule in keys(schema(name)):
        whole = resolved(schema(name), rule)
        described = re.search(r"default|without it|none|required", whole.get("description", ""), re.IGNORECASE)
        if "default" not in whole and described is None and pointer.rpartition("/")[2] not in needed(mapping):
            silent.append(pointer)
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_every_key_that_is_no_choice_shows_an_example(name: str) -> None:
    rules = ((pointer, resolved(schema(name), rule)) for pointer, _, rule in keys(schema(name)))
    assert [pointer for pointer, rule in rules if not is_choice(rule) and not rule.get("examples")] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_and_default_is_what_the_key_takes(name: str) -> None:
    definitions = schema(name).get("$defs", {})
    wrong = []
    for pointer, _, rule in keys(schema(name)):
        validator = Draft202012Validator({"$defs": definitions, **rule})
        said = resolved(schema(name), rule)
        values = [*said.get("examples", ()), *([said["default"]] if "default" in said else ())]
        wrong += [(pointer, value) for value in values if not validator.is_valid(value)]
    assert wrong == []
