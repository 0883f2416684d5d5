"""What editors do with the schemas: no error of theirs is vague, and what they offer is right."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recipebatch import bundled_files
from recipebatch.api import schema
from recipebatch.recipe import read_document
from recipebatch.vocabulary.durations import parse_timedelta
from recipebatch.vocabulary.machines.images import ALIASES
from recipebatch.vocabulary.machines.vm_series import series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

IDENTITIES = {"recipe": "urn:recipebatch:recipe:1", "recipe-test": "urn:recipebatch:recipe-test:1"}
KINDS = sorted(IDENTITIES)
BODIES = {kind: json.loads(schema(kind)) for kind in KINDS}
RECIPE = BODIES["recipe"]
POOL = RECIPE["$defs"]["pool"]["properties"]
THINGS = {"container", "parameter", "variable", "template", "job", "pool", "file", "image", "vm_size"}


def parts(part: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of a schema."""
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from parts(inner)
    for inner in part if isinstance(part, list) else ():
        yield from parts(inner)


def valid(rule: dict[str, Any], value: Any) -> bool:
    return bool(Draft202012Validator({"$defs": RECIPE["$defs"], **rule}).is_valid(value))


@pytest.mark.parametrize("kind", KINDS)
def test_the_identity_of_a_schema_stays(kind: str) -> None:
    """Editors and catalogues of schemas keep it; only another version of the language has another one."""
    assert BODIES[kind]["$id"] == IDENTITIES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_can_match_several_schemas_of_which_one_must(kind: str) -> None:
    """An editor says "Matches multiple schemas when only one must validate" of `oneOf`, at the whole mapping."""
    assert [part["oneOf"] for part in parts(BODIES[kind]) if "oneOf" in part] == []


def test_of_keys_that_exclude_each_other_every_pair_is_refused() -> None:
    groups = [part for part in parts(RECIPE) if "dependentSchemas" in part]
    assert len(groups) > 10
    for group in groups:
        keys = [branch["required"][0] for branch in group["anyOf"]]
        pairs = {(key, other) for key, found in group["dependentSchemas"].items() for other in found["properties"]}
        assert pairs == {(one, other) for number, one in enumerate(keys) for other in keys[number + 1 :]}
        assert all(
            found is False for each in group["dependentSchemas"].values() for found in each["properties"].values()
        )


@pytest.mark.parametrize("name", sorted(bundled_files.recipes()))
def test_an_editor_has_nothing_to_say_of_a_bundled_recipe(name: str) -> None:
    document = read_document(bundled_files.recipes()[name]).plain()
    errors = [
        f"{list(error.absolute_path)}: {error.message}" for error in Draft202012Validator(RECIPE).iter_errors(document)
    ]
    assert errors == []


def test_of_two_keys_the_second_one_is_refused() -> None:
    document = {
        "schema_version": 1,
        "name": "a",
        "pool": {"existing": "b"},
        "tasks": [{"command_line": "a", "commands": ["b"]}],
    }
    (error,) = Draft202012Validator(RECIPE).iter_errors(document)
    assert error.message == "False schema does not allow ['b']"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained_in_markdown(kind: str) -> None:
    rules = [(name, rule) for part in parts(BODIES[kind]) for name, rule in part.get("properties", {}).items()]
    described = [(name, rule) for name, rule in rules if isinstance(rule, dict) and "description" in rule]
    assert len(described) > 15
    for name, rule in described:
        text = rule["markdownDescription"]
        assert text.startswith(rule["description"])
        assert ("\n\nDefault: `" in text) == ("default" in rule)
        assert (f"\n\nExample: `{name}: " in text) == bool(rule.get("examples"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_of_one_of_the_things_of_a_recipe(kind: str) -> None:
    found = {part[word] for part in parts(BODIES[kind]) for word in ("x-refers-to", "x-defines") if word in part}
    assert found <= THINGS
    assert "container" in found


def test_every_alias_of_an_image_is_offered() -> None:
    assert POOL["image"]["anyOf"][0]["examples"] == list(ALIASES)


def test_the_sizes_that_are_offered_are_known_and_have_no_end() -> None:
    for size in POOL["vm_size"]["anyOf"][0]["examples"]:
        series = series_of(size)
        assert series is not None, size
        assert series.retirement is None, size


PIECES = st.sampled_from(["P", "T", "1", "30", "1.5", "w", "d", "h", "m", "s", "W", "D", "H", "M", "S", " ", "x", "-"])


@given(st.lists(PIECES, max_size=7).map("".join))
def test_the_pattern_of_durations_takes_what_the_parser_takes(text: str) -> None:
    try:
        parse_timedelta(text)
        taken = True
    except ValueError:
        taken = False
    # A number with blanks in it is taken by the parser alone.
    if not re.search(r"[\d.] +[\d.]", text):
        assert valid(RECIPE["$defs"]["duration"], text) == taken, text


@pytest.mark.parametrize(
    ("text", "fits"), [("${{ params.limit }}", True), ("${{ params.n }}h", True), ("1 hour", False)]
)
def test_a_duration_can_be_an_expression(text: str, fits: bool) -> None:  # noqa: FBT001
    assert valid(RECIPE["$defs"]["duration"], text) is fits


@pytest.mark.parametrize(
    ("text", "fits"), [("a-b_1", True), ("a.b", False), ("x" * 65, False), ("a.${{ index }}", True)]
)
def test_an_id_has_letters_digits_hyphens_and_underscores(text: str, fits: bool) -> None:  # noqa: FBT001
    assert valid(POOL["id"], text) is fits


def test_a_pattern_that_an_editor_checks_says_what_to_write() -> None:
    own = [part for part in parts(RECIPE) if "patternErrorMessage" in part]
    assert len(own) >= 5
    assert all(part["patternErrorMessage"].endswith(".") for part in own)


def snippets() -> list[tuple[str, dict[str, Any], Any]]:
    """The label, the rule and the value of each snippet, its places filled in."""
    found = []
    for part in parts(RECIPE):
        for each in part.get("defaultSnippets", ()):
            text = re.sub(r'"\$\{\d+:(\d+)\}"', r"\1", json.dumps(each["body"]))
            found.append((each["label"], part, json.loads(re.sub(r"\$\{\d+:([^{}]*)\}", r"\1", text))))
    return found


@pytest.mark.parametrize(("label", "rule", "value"), snippets(), ids=lambda each: each if isinstance(each, str) else "")
def test_a_snippet_is_what_its_place_takes(label: str, rule: dict[str, Any], value: Any) -> None:
    assert valid({key: each for key, each in rule.items() if key != "$id"}, value), label


def test_every_snippet_is_described() -> None:
    assert len(snippets()) > 10
    assert all(each["description"] for part in parts(RECIPE) for each in part.get("defaultSnippets", ()))
