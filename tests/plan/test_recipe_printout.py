"""A recipe written out as one document, with what is known before a run filled in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.plan import bind_parameters, document_data, document_text
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.source.document import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = """\
schema_version: 1
name: demo
parameters: {count: {type: integer, default: 3}, who: {default: me}}
vars: {half: "${{ params.count // 2 }}", all: "${{ range(params.count) }}"}
pool: {existing: p}
"""


def written(sections: str, given: Mapping[str, object] | None = None, *, origin: bool = False) -> str:
    """The text below the head; parameters are filled in if any are given."""
    text = HEAD + sections
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    bound = None if given is None else bind_parameters(recipe, given)
    printout = document_text(parse(text, "r.yaml"), recipe, bound, origin=origin)
    return printout.partition("existing: p")[2].partition("\n")[2]


def data(sections: str, given: Mapping[str, object] | None = None) -> Any:
    text = HEAD + sections
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    return document_data(parse(text, "r.yaml"), recipe, None if given is None else bind_parameters(recipe, given))


def task(keys: str) -> str:
    return f"tasks: [{{command_line: a, {keys}}}]\n"


def display_name(text: str, given: Mapping[str, object] | None) -> Any:
    return data(task(f"display_name: {text!r}"), given)["tasks"][0]["display_name"]


def test_mappings_and_lists_are_written_in_blocks_without_free_keys() -> None:
    sections = task("for_each: {items: [[1, 2], {x: 1, y: [2]}, null, true, 1.5]}, x-note: free") + "x-top: 1\n"
    assert written(sections) == (
        "tasks:\n"
        "  - command_line: a\n"
        "    for_each:\n"
        "      items:\n"
        "        -\n"
        "          - 1\n"
        "          - 2\n"
        "        - x: 1\n"
        "          y:\n"
        "            - 2\n"
        "        - null\n"
        "        - true\n"
        "        - 1.5\n"
    )


def test_an_empty_mapping_and_an_empty_list_stay_on_their_line() -> None:
    text = written("storage: {input: {}, output: {x-note: 1}}\n" + task("resource_files: []"), origin=True)
    assert text == (
        "storage:\n  input: {}  # r.yaml:6:18\n  output: {}  # r.yaml:6:30\n"
        "tasks:\n  - command_line: a  # r.yaml:7:24\n    resource_files: []  # r.yaml:7:43\n"
    )


@pytest.mark.parametrize("plain", ["a", "a-b", "A_1", "data/in.txt"])
def test_a_plain_word_is_written_without_quotes(plain: str) -> None:
    assert f"    display_name: {plain}\n" in written(task(f"display_name: '{plain}'"))


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "No",
        "NULL",
        "true",
        "off",
        "1",
        "1e3",
        "a: b",
        "a #b",
        "a b",
        "-a",
        "é",
        "~",
        "a\nb",
        'a"b',
        "a\x7fb",
        "a\x85b",
        "\x9b",
        "\u2028",
        "\ufeff",
        "\uffff",
    ],
)
def test_a_text_that_yaml_would_read_as_something_else_is_quoted_and_read_back_as_itself(text: str) -> None:
    written_out = HEAD + written(task(f"environment_settings: {{A: {json.dumps(text)}}}"))
    assert '      A: "' in written_out
    again = parse(written_out, "again.yaml").plain()
    assert again["tasks"][0]["environment_settings"] == {"A": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ params.count }}", 5),
        ("${{ vars.half }}", 2),
        ("${{ params.who }}-${{ vars.half }}", "me-2"),
        ("${{ recipe.name }}", "demo"),
        ("$${{ params.who }}", "$${{ params.who }}"),
        ("literal", "literal"),
    ],
)
def test_expressions_of_parameters_variables_and_the_recipe_are_filled_in_with_their_types(
    text: str, value: object
) -> None:
    assert display_name(text, {"count": 5}) == value


@pytest.mark.parametrize("text", ["${{ run.id }}", "${{ params.who }}-${{ task.id }}", "${{ env.USER }}"])
def test_a_text_that_needs_more_than_is_known_before_a_run_stays_as_it_is(text: str) -> None:
    assert display_name(text, {}) == text


def test_without_parameters_every_expression_stays() -> None:
    assert display_name("${{ params.count }}", None) == "${{ params.count }}"


@pytest.mark.parametrize("key", ["command_line", "commands"])
def test_commands_stay_as_they_are_since_their_results_would_have_to_be_quoted(key: str) -> None:
    command = "echo ${{ params.who }}"
    value = [command] if key == "commands" else command
    sections = f"tasks: [{{{key}: {value!r}}}]\n"
    assert data(sections, {})["tasks"] == [{key: value}]
    assert '"echo ${{ params.who }}"' in written(sections, {})


def test_a_value_that_is_filled_in_keeps_the_position_of_its_expression() -> None:
    text = written(task('display_name: "${{ params.who }}"'), {"who": "you"}, origin=True)
    assert text == "tasks:\n  - command_line: a  # r.yaml:6:24\n    display_name: you  # r.yaml:6:41\n"


def test_a_list_that_an_expression_makes_is_filled_in_as_one_value() -> None:
    assert data(task('for_each: {items: "${{ vars.all }}"}'), {"count": 2})["tasks"][0]["for_each"] == {"items": [0, 1]}
    assert "      items: [0, 1]\n" in written(task('for_each: {items: "${{ vars.all }}"}'), {"count": 2})
