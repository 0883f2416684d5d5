"""Values that this machine knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.completion.values import keys_below, parameters, recipes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a:\n  b: 1\n  c:\n    d: 2\n\ne: 3\n", ["b", "c"]),
        ("a:  # why\n    'b': 1\n    # c: 2\n", ["b"]),
        ("a: {b: {c: 1}, 'd': [e, f], g: 2}\n", ["b", "d", "g"]),
        ("a: {\n  b: 1,\n  c: 2}\n", ["b", "c"]),
        ("b: 1\n", []),
        ("a: text\nb:\n  c: 1\n", []),
        ("a: {b", []),
    ],
)
def test_the_keys_of_a_mapping_are_read_from_its_lines(text: str, keys: list[str]) -> None:
    assert keys_below(text, "a") == keys


def test_recipes_of_a_folder_keep_how_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "a b.yaml").touch()
    (tmp_path / "r" / ".hidden.yaml").touch()
    assert [each.value for each in recipes("~/r/")][:2] == ["~/r/a b.yaml", "builtin:containers"]
    assert next(each.value for each in recipes("~/r/.")) == "~/r/.hidden.yaml"
    assert not any("/" in each.value for each in recipes("~/none/"))


def test_a_recipe_that_extends_itself_ends(tmp_path: Path) -> None:
    recipe = tmp_path / "a.yaml"
    recipe.write_text("include: [a.yaml, 'b.yaml']\nparameters: {x: {}}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("parameters: {y: {}}\n", encoding="utf-8")
    assert [each.value for each in parameters(str(recipe))] == ["x=", "y="]
    assert list(parameters(str(tmp_path))) == []
