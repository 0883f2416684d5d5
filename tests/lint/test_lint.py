"""All rules together: bundled recipes, and recipes that are invalid."""

from __future__ import annotations

import pytest
from lint.findings import TODAY, TOP

from recipebatch import bundled_files
from recipebatch.lint import lint
from recipebatch.recipe import read_document, read_recipe
from recipebatch.recipe.source.document import parse

BASE64_OF_64_BYTES = "q" * 86 + "=="


@pytest.mark.parametrize("name", sorted(bundled_files.recipes()))
def test_a_bundled_recipe_gives_no_warning(name: str) -> None:
    path = bundled_files.recipes()[name]
    found = lint(read_document(path), read_recipe(path), TODAY)
    assert [problem for problem in found if problem.severity != "note"] == []


def test_a_secret_is_found_in_a_broken_recipe_too() -> None:
    document = parse(f"{TOP}pol: '{BASE64_OF_64_BYTES}'\n", "r.yaml")
    assert [problem.code for problem in lint(document, None, TODAY)] == ["secret-in-recipe"]
