import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recipebatch import bundled_files
from recipebatch.errors import MAX_PROBLEMS, InvalidRecipeError
from recipebatch.recipe import check, read_recipe
from recipebatch.recipe.source import parse
from recipebatch.recipe.source.schema_errors import check as check_schema
from recipebatch.vocabulary.machines.images import ALIASES

SCHEMA: dict[str, Any] = json.loads(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"))


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for name, inner in (schema.get("properties") or {}).items():
            yield f"{path}/{name}", inner
        for key, inner in schema.items():
            if key != "dependentSchemas":
                yield from properties(inner, f"{path}/{key}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from properties(inner, f"{path}/{number}")


def test_the_schema_is_one_of_2020_12() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_property_is_described() -> None:
    for path, inner in properties(SCHEMA):
        described = SCHEMA["$defs"][inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
        assert described.get("description"), path


def test_every_object_with_properties_refuses_unknown_keys_and_lets_free_ones_be() -> None:
    def objects(schema: Any) -> Iterator[dict[str, Any]]:
        if isinstance(schema, dict):
            if "properties" in schema:
                yield schema
            for key, inner in schema.items():
                if key != "dependentSchemas":
                    yield from objects(inner)
        elif isinstance(schema, list):
            for inner in schema:
                yield from objects(inner)

    found = list(objects(SCHEMA))
    assert len(found) > 15
    for schema in found:
        assert schema["additionalProperties"] is False
        assert schema["patternProperties"] == {"^x-": True}


def test_the_schema_names_every_image_alias() -> None:
    described = json.dumps(SCHEMA["$defs"]["pool"]["properties"]["image"])
    assert all(alias in described for alias in ALIASES)


@pytest.mark.parametrize("name", sorted(bundled_files.recipes()))
def test_a_bundled_recipe_is_valid(name: str) -> None:
    path = bundled_files.recipes()[name]
    assert read_recipe(path).name == name
    assert path.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=../schemas/recipe.schema.json\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{number}: 1\n" for number in range(3000)),
        "tasks:\n" + "".join(f"- {{comand_line: a{number}}}\n" for number in range(3000)),
        "tasks:\n" + "".join(f"- {{name: 't {number}', command_line: a}}\n" for number in range(3000)),
    ],
)
def test_a_recipe_with_thousands_of_problems_is_checked_until_there_are_too_many(text: str) -> None:
    with pytest.raises(InvalidRecipeError) as raised:
        check(parse(f"schema_version: 1\nname: demo\npool: {{existing: p}}\n{text}", "r.yaml"))
    assert len(raised.value.problems) == MAX_PROBLEMS + 1
    assert raised.value.problems[-1].code == "too-many-problems"


@pytest.mark.parametrize(
    ("job", "hint"),
    [
        ("constraints: {max_wall_clock_time: 10}", "write a duration with its unit: 10s, 10m or 10h"),
        (
            "max_wall_clock_time: 10m",
            "max_wall_clock_time belongs to constraints: write constraints: {max_wall_clock_time: …}",
        ),
    ],
)
def test_a_limit_of_time_without_unit_or_in_the_wrong_place_has_a_hint(job: str, hint: str) -> None:
    text = f"schema_version: 1\nname: demo\npool: {{existing: p}}\njob: {{{job}}}\n"
    (problem,) = check_schema(parse(text, "r.yaml"))[0]
    assert problem.hint == hint


def test_two_keys_that_exclude_each_other_are_one_problem_at_the_second() -> None:
    text = "schema_version: 1\nname: a\npool: {existing: b}\ntasks:\n- {command_line: a, commands: [b]}\n"
    problems, _ = check(parse(text, "r.yaml"))
    assert [(str(each.at), each.message, each.hint) for each in problems] == [
        ("r.yaml:5:21", "commands and command_line cannot be used together", "keep one of command_line, commands")
    ]


def test_of_three_keys_that_exclude_each_other_all_are_in_the_hint() -> None:
    loop = "{items: [1], repeat: 2, rows: a.csv}"
    text = f"schema_version: 1\nname: a\npool: {{existing: b}}\ntasks:\n- {{command_line: a, for_each: {loop}}}\n"
    problems, _ = check(parse(text, "r.yaml"))
    assert [each.code for each in problems] == ["exclusive-keys"]
    assert sorted((problems[0].hint or "").removeprefix("keep one of ").split(", ")) == ["items", "repeat", "rows"]


def test_a_pattern_that_is_for_editors_is_left_to_the_parser() -> None:
    text = "schema_version: 1\nname: a\npool: {existing: b}\ntasks: [{command_line: a}]\nwatch: {timeout: soon}\n"
    assert check(parse(text, "r.yaml"))[0] == ()
