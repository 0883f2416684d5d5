"""A JSON Schema as tables of keys."""

from __future__ import annotations

from typing import Any

import pytest

from recipebatch.recipe import schema_page

HEADER = "| key | takes | meaning | default |\n|---|---|---|---|\n"
EXPRESSION = {"type": "string", "description": "an expression"}


def page(properties: dict[str, Any], **rules: Any) -> str:
    return schema_page({"properties": properties, **rules})


def row(rule: dict[str, Any], **rules: Any) -> str:
    """The row of one key of a schema, without its name."""
    lines = page({"key": rule}, **rules).splitlines()
    return next(line for line in lines if line.startswith("| `key`")).removeprefix("| `key` | ").removesuffix(" |")


def headings(schema: str) -> list[str]:
    return [line.removeprefix("### ") for line in schema.splitlines() if line.startswith("### ")]


def test_the_whole_file_is_one_table() -> None:
    assert page({"name": {"type": "string", "description": "Its name."}}, required=["name"]) == (
        f"### The whole file\n\n{HEADER}| `name` | text | Its name. | must be there |\n"
    )


@pytest.mark.parametrize(
    ("rule", "takes"),
    [
        ({}, "any value"),
        ({"type": "string"}, "text"),
        ({"type": "boolean"}, "true or false"),
        ({"type": ["string", "null"]}, "text, or nothing"),
        ({"type": "integer", "minimum": 1, "maximum": 3}, "integer, 1 to 3"),
        ({"type": "integer", "minimum": 0}, "integer, at least 0"),
        ({"type": "number", "maximum": 0}, "number, at most 0"),
        ({"const": 1}, "`1`"),
        ({"enum": ["a", "true", False, None]}, '`a` or `"true"` or `false` or `null`'),
        ({"type": "array", "items": {"type": "string"}}, "list: text"),
        ({"type": "array"}, "list"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "mapping of names to: integer"),
        ({"type": "object", "additionalProperties": False}, "mapping"),
        ({"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/expression"}]}, "integer, or an expression"),
        ({"anyOf": [{"type": "string"}, {"type": "string", "pattern": "a"}]}, "text"),
        ({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, "mapping"),
    ],
)
def test_what_a_key_takes_is_described_in_words(rule: dict[str, Any], takes: str) -> None:
    assert row(rule, **{"$defs": {"expression": EXPRESSION}}) == f"{takes} |  | "


@pytest.mark.parametrize(
    ("default", "text"),
    [
        ("linux", "linux"),
        ("", '""'),
        ("true", '"true"'),
        ("1.5", '"1.5"'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("*.txt", '"*.txt"'),
        (True, "true"),
        (None, "null"),
        (["a", "b,c", "[d]"], '[a, "b,c", "[d]"]'),
        ({"a": 1, "b": {"c": "x}"}}, '{a: 1, b: {c: "x}"}}'),
        ("a|b", "a\\|b"),
    ],
)
def test_a_default_is_written_as_yaml_reads_it(default: object, text: str) -> None:
    assert row({"type": "string", "default": default}) == f"text |  | {text}"


def test_a_short_example_is_in_the_row_and_a_long_one_below_the_table() -> None:
    assert row({"description": "A text.", "examples": ["x"]}) == "any value | A text. For example `key: x`. | "
    longest, too_long = "x" * 55, "x" * 56
    assert f"For example `key: {longest}`." in page({"key": {"examples": [longest]}})
    assert page({"key": {"examples": [too_long]}}).endswith(
        f"| `key` | any value |  |  |\n\nFor example:\n\n```yaml\nkey: {too_long}\n```\n"
    )


def test_what_is_beside_a_reference_counts_more_than_what_it_refers_to() -> None:
    definitions = {"size": {"type": "integer", "description": "A size.", "default": 1}}
    assert row({"$ref": "#/$defs/size", "default": 2}, **{"$defs": definitions}) == "integer | A size. | 2"


def test_a_key_that_only_some_files_need_must_be_there_too() -> None:
    assert row({"type": "string"}, then={"required": ["key"]}) == "text |  | must be there"


def test_each_mapping_below_has_a_table_under_its_path() -> None:
    inner = {"type": "object", "description": "A task.", "properties": {"id": {"type": "string"}}}
    below = {"type": "object", "properties": {"size": {"type": "integer"}}}
    text = page({"tasks": {"type": "array", "items": inner}, "pools": {"additionalProperties": below}})
    assert headings(text) == ["The whole file", "tasks[]", "pools.NAME"]
    assert f"### tasks[]\n\nA task.\n\n{HEADER}| `id` | text |  |  |\n" in text


def test_a_mapping_that_several_places_share_is_described_once_under_the_shorter_path() -> None:
    pool = {"$ref": "#/$defs/pool"}
    text = page(
        {"pools": {"additionalProperties": {**pool, "default": {}}}, "pool": pool},
        **{"$defs": {"pool": {"type": "object", "properties": {"image": {"type": "string"}}}}},
    )
    assert headings(text) == ["The whole file", "pool"]


def test_a_mapping_that_is_one_of_several_forms_has_a_table_as_well() -> None:
    form = {"type": "object", "properties": {"stop": {"type": "integer"}}}
    text = page({"range": {"anyOf": [{"type": "integer"}, form]}})
    assert headings(text) == ["The whole file", "range"]
    assert "| `range` | integer, or mapping |  |  |" in text
