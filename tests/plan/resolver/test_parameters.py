from pathlib import Path

import pytest

from recipebatch.errors import UsageError
from recipebatch.plan import bind_parameters, environment_parameters
from recipebatch.properties.written_scalars import WrittenFloat, WrittenInteger
from recipebatch.recipe import Recipe, parse_recipe

PARAMETERS = """\
parameters:
  words: {type: integer, default: 3, minimum: 1, maximum: 9, description: How many.}
  rate: {type: number, default: 0.5}
  deep: {type: boolean, default: false}
  city: {enum: [north, south], default: north}
  code: {pattern: "[a-z]+", default: ab}
  seeds: {type: list, items: integer, default: [1, 2], minimum: 0}
  names: {type: list, default: []}
  table: {type: file, default: t.csv}
  token: {type: secret, source: {environment_variable: TOKEN}}
"""


def recipe_of(parameters: str) -> Recipe:
    text = f"schema_version: 1\nname: a\n{parameters}pool: {{existing: p}}\ntasks: [{{command_line: b}}]\n"
    return parse_recipe(text, file="r.yaml", folder=Path("/recipes"))


def test_defaults_are_taken_and_a_secret_is_a_marker() -> None:
    assert bind_parameters(recipe_of(PARAMETERS), {}) == {
        "words": 3, "rate": 0.5, "deep": False, "city": "north", "code": "ab", "seeds": [1, 2], "names": [],
        "table": "t.csv", "token": {"pieces": [{"secret": "token"}]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("words", "5", 5), ("words", 5, 5), ("words", " +5 ", 5), ("rate", "1e-3", 0.001), ("rate", "2", 2),
        ("deep", "yes", True), ("deep", "0", False), ("deep", True, True), ("city", "south", "south"),
        ("seeds", "3,4", [3, 4]), ("seeds", "[3, 4]", [3, 4]), ("seeds", [3], [3]), ("seeds", "", []),
        ("names", "a, b", ["a", "b"]), ("names", '["a,b", "c"]', ["a,b", "c"]), ("table", "x.csv", "x.csv"),
    ],
)  # fmt: skip
def test_a_given_value_has_the_parameters_type(name: str, given: object, value: object) -> None:
    bound = bind_parameters(recipe_of(PARAMETERS), {name: given})[name]
    plain = {WrittenInteger: int, WrittenFloat: float}
    assert (bound, plain.get(type(bound), type(bound))) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "given", "message", "hint"),
    [
        ("word", "5", "unknown parameter word", "did you mean words?"),
        ("words", "0", "words must be at least 1, not 0", "How many."),
        ("words", "10", "words must be at most 9, not 10", "How many."),
        ("words", "5.5", 'words must be an integer, not "5.5"', "How many."),
        ("words", "", 'words must be an integer, not ""', "How many."),
        ("words", True, "words must be an integer, not true", "How many."),
        ("words", "9" * 400, 'words must be an integer, not "' + "9" * 57 + '..."', "How many."),
        ("rate", "nan", 'rate must be a number, not "nan"', None),
        ("rate", "inf", 'rate must be a number, not "inf"', None),
        ("deep", "maybe", 'deep must be true or false, not "maybe"', None),
        ("city", "west", 'city must be one of north, south, not "west"', None),
        ("code", "ab1", 'code must match [a-z]+, not "ab1"', None),
        ("seeds", "1,-1", "seeds must be at least 0, not -1", None),
        ("seeds", "1,a", 'seeds must be an integer, not "a"', None),
        ("seeds", "[1", 'seeds must be a list such as a,b,c or a JSON array, not "[1"', None),
        ("seeds", ["a"], 'seeds must be a list of values of which each is an integer, not "a"', None),
        ("table", "", 'table must be a path, not ""', None),
        ("city", 1, "city must be a text, not 1", None),
        (
            "token",
            "x",
            "token is a secret; its value cannot be passed on a command line or in a file",
            "it is read from its `source`",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, given: object, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        bind_parameters(recipe_of(PARAMETERS), {name: given})
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_all_missing_values_are_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        bind_parameters(recipe_of("parameters: {a: {}, b: {type: integer}, c: {default: d}}\n"), {})
    assert caught.value.message == "the parameters a, b have no value"
    assert (caught.value.hint, str(caught.value.at)) == ("give it: -p a=… -p b=…", "r.yaml:3:14")


def test_a_recipe_without_parameters_says_so() -> None:
    with pytest.raises(UsageError) as caught:
        bind_parameters(recipe_of(""), {"a": "b"})
    assert caught.value.hint == "the recipe has no parameters"


def test_a_given_path_is_meant_from_where_the_user_stands() -> None:
    recipe = recipe_of(PARAMETERS)
    given = bind_parameters(recipe, {"table": "x.csv"}, folder=Path("/home/me"))["table"]
    assert given == str(Path("/home/me/x.csv"))
    assert bind_parameters(recipe, {}, folder=Path("/home/me"))["table"] == "t.csv"


@pytest.mark.parametrize("text", ["a\ue000", "a\0", "\ud800"])
def test_reserved_characters_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"a cannot be used: it holds the character U\+[0-9A-F]{4}, which"):
        bind_parameters(recipe_of("parameters: {a: {}}\n"), {"a": text})


def test_environment_variables_set_parameters_of_their_name_but_never_a_secret() -> None:
    sections = (
        "parameters: {words: {type: integer}, Other: {default: a},"
        " token: {type: secret, source: {environment_variable: T}}}\n"
    )
    environ = {
        "RECIPEBATCH_PARAM_WORDS": "5",
        "RECIPEBATCH_PARAM_OTHER": "b",
        "RECIPEBATCH_PARAM_TOKEN": "t",
        "RECIPEBATCH_PARAM_UNKNOWN": "x",
        "WORDS": "7",
    }
    assert environment_parameters(recipe_of(sections), environ) == {"words": "5", "Other": "b"}
