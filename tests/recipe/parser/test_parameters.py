"""`parameters:`."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe.broken_recipes import POOL, TASKS, TOP, cases, problems_of

from recipebatch.recipe import Parameter, SecretSource, parse_recipe


@pytest.mark.parametrize(("section", "expected"), cases("parameters"))
def test_a_wrong_parameter_is_named(section: str, expected: str) -> None:
    assert problems_of(f"{TOP}{section}\n{POOL}{TASKS}") == [expected]


def read(section: str) -> Parameter:
    """The one parameter of a recipe."""
    (found,) = parse_recipe(f"{TOP}parameters: {section}\n{POOL}{TASKS}", file="r.yaml", folder=Path()).parameters
    return found


def test_a_parameter_without_rules_is_a_text_that_must_be_given() -> None:
    found = read("{n: {}}")
    assert (found.name, str(found.at), found.type, found.has_default) == ("n", "r.yaml:3:14", "string", False)
    assert (found.minimum, found.maximum, found.enum, found.pattern, found.source) == (None, None, None, None, None)


@pytest.mark.parametrize(
    ("kind", "written", "default"),
    [("string", "''", ""), ("integer", "0", 0), ("boolean", "false", False), ("list", "[]", [])],
)
def test_an_empty_default_is_a_default(kind: str, written: str, default: object) -> None:
    found = read(f"{{n: {{type: {kind}, default: {written}}}}}")
    assert (found.has_default, found.default) == (True, default)


def test_the_rules_of_a_parameter_are_read_with_the_position_of_its_default() -> None:
    found = read("{n: {type: list, items: integer, minimum: 1, maximum: 3, enum: [1, 2], default: [2]}}")
    assert (found.items, found.minimum, found.maximum, found.enum) == ("integer", 1, 3, (1, 2))
    assert (found.default, str(found.default_at)) == ([2], "r.yaml:3:93")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{environment_variable: T}", SecretSource(environment_variable="T")),
        ("{file: key.txt}", SecretSource(file="key.txt")),
        (
            "{key_vault: {url: 'https://v.vault.azure.net', name: n}}",
            SecretSource(key_vault_url="https://v.vault.azure.net", key_vault_secret="n"),
        ),
    ],
)
def test_a_secret_has_a_source_and_no_default(source: str, expected: SecretSource) -> None:
    found = read(f"{{t: {{type: secret, source: {source}}}}}")
    assert (found.source, found.has_default) == (expected, False)


def test_every_problem_of_a_parameter_is_reported() -> None:
    section = "parameters: {t: {type: secret, default: a}, n: {type: boolean, enum: [true], minimum: 1}}"
    assert problems_of(f"{TOP}{section}\n{POOL}{TASKS}") == [
        "3:14 [missing-key] the secret t needs a source | for example `source: {environment_variable: NAME}`",
        "3:32 [parameter-rule] t is of type secret, which has no default | give it a `source`",
        "3:64 [parameter-rule] n is of type boolean, which has no enum",
        "3:78 [parameter-rule] n is of type boolean, which has no minimum",
    ]
