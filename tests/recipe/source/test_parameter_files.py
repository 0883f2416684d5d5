from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.recipe.source.parameter_files import read_parameters

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("p.yaml", "words: 5\nnames: [a, b]\nx-note: mine\n", {"words": 5, "names": ["a", "b"]}),
        ("p.json", '{"words": 5, "share": 0.5, "on": true}', {"words": 5, "share": 0.5, "on": True}),
        ("p.yaml", "\ufeffday: 2026-01-02\nanswer: no\n", {"day": "2026-01-02", "answer": "no"}),
        ("p.json", r'{"name": "caf\u00e9 \ud83d\ude00"}', {"name": "café 😀"}),
        ("empty.yaml", "# nothing yet\n", {}),
        ("empty.yaml", "", {}),
    ],
)
def test_a_file_of_parameters_is_a_mapping_of_typed_values(
    tmp_path: Path, name: str, text: str, values: dict[str, object]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_parameters(tmp_path / name) == values


def test_a_file_that_is_no_mapping_is_a_positioned_error(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("- a\n")
    with pytest.raises(InvalidRecipeError, match="a file of parameters is a mapping"):
        read_parameters(tmp_path / "p.yaml")
    (tmp_path / "p.yaml").write_text("a: 1\na: 2\n")
    with pytest.raises(InvalidRecipeError) as caught:
        read_parameters(tmp_path / "p.yaml")
    assert caught.value.problems[0].at.line == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.yaml cannot be read"):
        read_parameters(tmp_path / "nothing.yaml")
