"""What can be written inside of an expression."""

from __future__ import annotations

import pytest
from language_server.marked import MARK, RECIPE, completed

from recipebatch.recipe import FILTERS, METHODS, PERMISSIONS, TESTS


def at(old: str, new: str) -> set[str]:
    assert old in RECIPE
    return set(completed(RECIPE.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("params.¦", {"words", "city"}),
        ("params.w¦", {"words", "city"}),
        ("vars.¦", {"double"}),
        ("storage.¦", {"input", "output"}),
        ("storage.output.¦", {"name", "url", "sas_token"}),
        ("storage.output.sas_token('¦", set(PERMISSIONS)),
        ("storage.output.sas_token('read', '¦", set(PERMISSIONS)),
        ("run.¦", {"id", "owner"}),
        ("task.¦", {"id", "template"}),
        ("item | ¦", set(FILTERS)),
        ("item | up¦", set(FILTERS)),
        ("item is ¦", set(TESTS)),
        ("item is not ¦", set(TESTS)),
        ("item.¦", set(METHODS)),
        ("recipe.name.¦", set(METHODS)),
    ],
)
def test_what_fits_behind_a_name_or_a_sign(expression: str, expected: set[str]) -> None:
    assert at("${{ item }} ${{", f"${{{{ {expression} }}}} ${{{{") == expected


def test_the_names_are_those_that_are_known_at_the_place() -> None:
    in_task = at("${{ item }} ${{", f"${{{{ {MARK} }}}} ${{{{")
    assert {"params", "vars", "item", "index", "task", "storage", "range"} <= in_task
    assert not {"file", "level", "inputs"} & in_task
    assert {"params", "recipe"} <= at("${{ params.words * 2 }}", f"${{{{ {MARK} }}}}")
    assert "item" not in at("${{ params.words * 2 }}", f"${{{{ {MARK} }}}}")


def test_a_value_that_is_new_knows_the_names_of_its_neighbours() -> None:
    assert "item" in at("    commands:\n      - count", f"    display_name: ${{{{ {MARK}\n    commands:\n      - count")


def test_a_parameter_says_its_type_and_what_it_is_for() -> None:
    found = completed(RECIPE.replace("${{ item }} ${{", f"${{{{ params.{MARK} }}}} ${{{{", 1))
    assert found["words"].detail == "integer: How many words."


def test_nothing_is_offered_in_a_text_of_an_expression() -> None:
    assert at("${{ item }} ${{", f"${{{{ 'par{MARK}' }}}} ${{{{") == set()
