"""The part of a text that a problem is about."""

from __future__ import annotations

import pytest
from language_server.marked import FILE, RECIPE, analysed

from recipebatch.errors import Problem, SourcePosition
from recipebatch.language_server.features.diagnostics import Diagnostic, diagnostics, elsewhere
from recipebatch.language_server.source.positions import Text


def found(text: str) -> list[tuple[str, str]]:
    """The codes of the errors of a text with what they underline."""
    whole = Text(text)
    problems = diagnostics(analysed(text).problems, FILE, whole)
    return [(each.code, whole.slice(each.span)) for each in problems if each.severity == "error"]


@pytest.mark.parametrize(
    ("old", "new", "code", "underlined"),
    [
        ("  image: ubuntu-24.04", "  imgae: ubuntu-24.04", "unknown-key", "imgae"),
        ("- container: output\n    commands", "- container: outptu\n    commands", "unknown-container", "outptu"),
        ("${{ params.words }} >", "${{ params.wrods }} >", "unknown-name", "wrods"),
        ("depends_on: count", "depends_on: cuont", "unknown-template", "cuont"),
        ("target_dedicated_nodes: 1", "target_dedicated_nodes: x", "invalid-recipe", "target_dedicated_nodes"),
        ("image: ubuntu-24.04", "image: ubuntu-24.05", "unknown-image", "ubuntu-24.05"),
        ("${{ item }} ${{ params", "${{ file }} ${{ params", "unknown-name", "file"),
    ],
)
def test_a_problem_underlines_the_word_that_is_wrong(old: str, new: str, code: str, underlined: str) -> None:
    assert old in RECIPE
    assert (code, underlined) in found(RECIPE.replace(old, new))


def test_what_is_no_yaml_is_one_problem_at_a_character() -> None:
    assert found("pool: {a: [\n") == [("yaml-syntax", "\n")]


def test_an_empty_file_is_a_problem_at_its_begin() -> None:
    text = Text("")
    (only,) = diagnostics(analysed("").problems, FILE, text)
    assert (only.code, only.span.start, only.span.end) == ("empty-file", 0, 0)


def test_warnings_are_among_them_and_what_is_unused_is_told_apart() -> None:
    text = RECIPE.replace("collect:\n  - container: output\n", "").replace("  input: {}\n", "  other: {}\n")
    every = diagnostics(analysed(text).problems, FILE, Text(text))
    unused = [each for each in every if each.is_unused]
    assert "unused-container" in {each.code for each in unused}
    assert {each.severity for each in unused} == {"warning"}


def test_the_hint_stands_below_the_message() -> None:
    problem = Problem(SourcePosition(FILE, 1, 1), "unknown key a", "unknown-key", "did you mean b?")
    (only,) = diagnostics([problem, problem], FILE, Text("a: 1"))
    assert only == Diagnostic(
        only.span, "unknown-key", "unknown key a\nhint: did you mean b?", "did you mean b?", "error"
    )


def test_a_problem_of_a_file_that_is_not_open_stands_where_the_file_is_named() -> None:
    text = Text("include: parts/pool.yaml\n")
    problem = Problem(SourcePosition("/recipes/parts/pool.yaml", 3, 5), "unknown key a", "unknown-key")
    (only,) = elsewhere([problem], frozenset({"/recipes/parts/pool.yaml"}), text)
    assert (text.slice(only.span), only.message) == ("pool.yaml", "/recipes/parts/pool.yaml:3:5: unknown key a")
    (other,) = elsewhere([problem], frozenset({"/recipes/parts/pool.yaml"}), Text("extends: base.yaml\n"))
    assert (other.span.start, other.span.end) == (0, 1)
