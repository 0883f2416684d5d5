"""What can be done about a problem."""

from __future__ import annotations

import pytest
from language_server.marked import FILE, RECIPE, analysed

from recipebatch.language_server.features.diagnostics import diagnostics
from recipebatch.language_server.features.quick_fixes import quick_fixes
from recipebatch.language_server.source.positions import Text


def fixed(recipe: str, code: str) -> dict[str, str]:
    """The text after each fix for the first problem with a code, by the title of the fix."""
    analysis = analysed(recipe)
    text = Text(recipe)
    file = analysis.knowledge.files[FILE] if analysis.knowledge is not None else None
    problem = next(each for each in diagnostics(analysis.problems, FILE, text) if each.code == code)
    found = {}
    for fix in quick_fixes(problem, text, file):
        new = recipe
        for span, written in sorted(fix.edits, reverse=True):
            new = new[: span.start] + written + new[span.end :]
        found[fix.title] = new
    return found


@pytest.mark.parametrize(
    ("old", "new", "code", "title"),
    [
        ("image: ubuntu-24.04", "imgae: ubuntu-24.04", "unknown-key", "Replace with image"),
        ("image: ubuntu-24.04", "image: 'ubuntu-24.40'", "unknown-image", "Replace with ubuntu-24.04"),
        ("depends_on: count", "depends_on: cuont", "unknown-template", "Replace with count"),
        ("- container: output\n    c", "- container: outptu\n    c", "unknown-container", "Replace with output"),
        ("params.words }} >", "params.wrods }} >", "unknown-name", "Replace with words"),
        ("params.words }} >", "words }} >", "unknown-name", "Replace with params.words"),
        ("secrets.token", "params.token", "unknown-name", "Replace with secrets.token"),
        ("schema_version: 1\n", "", "missing-key", "Add schema_version: 1"),
    ],
)
def test_a_hint_is_done(old: str, new: str, code: str, title: str) -> None:
    assert old in RECIPE
    text = fixed(RECIPE.replace(old, new, 1), code)[title]
    assert text.replace("'", "") == RECIPE


def test_a_duration_gets_one_of_three_units() -> None:
    recipe = f"{RECIPE}watch: {{timeout: 30}}\n"
    found = fixed(recipe, "invalid-recipe")
    assert found["Write 30m"] == f"{RECIPE}watch: {{timeout: 30m}}\n"
    assert {"Write 30s", "Write 30m", "Write 30h"} <= set(found)


def test_what_must_be_a_text_gets_quotes() -> None:
    recipe = f"{RECIPE}version: 1.0 # of the recipe\n"
    (title,) = [title for title in fixed(recipe, "invalid-recipe") if title.startswith("Replace")]
    assert fixed(recipe, "invalid-recipe")[title] == f"{RECIPE}version: '1.0' # of the recipe\n"
    assert "'1': x" in next(iter(fixed("schema_version: 1\n1: x\n", "key-not-text").values()))


def test_a_text_that_yaml_does_not_take_is_put_in_quotes() -> None:
    recipe = RECIPE.replace("- cat *.txt", "- @cat it's")
    assert "- '@cat it''s'\n" in next(iter(fixed(recipe, "yaml-syntax").values()))


def test_what_is_not_used_is_removed_with_its_lines() -> None:
    recipe = RECIPE.replace("    type: string\n", "    default: a\n").replace("${{ params.city }}", "a")
    assert "  city:\n" not in fixed(recipe, "unused-parameter")["Remove city"]
    assert "description: A city" not in fixed(recipe, "unused-parameter")["Remove city"]
    assert "Remove input" in fixed(recipe, "unused-container")


def test_a_rule_of_lint_can_be_ignored() -> None:
    text = fixed(RECIPE, "unused-container")["Ignore unused-container in this file"]
    assert text == RECIPE + "x-lint: {ignore: [unused-container]}\n"
    assert "unused-container" not in {each.code for each in analysed(text).problems}
    again = f"{RECIPE}x-lint: {{ignore: [x]}}\n"
    assert not [title for title in fixed(again, "unused-container") if title.startswith("Ignore")]


def test_an_error_without_a_hint_has_no_fix() -> None:
    assert fixed(f"{RECIPE}keys: 1\n", "unknown-key") == {}
