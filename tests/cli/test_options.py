"""Parameters from `-p` and from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.options import parameters
from recipebatch.errors import InvalidRecipeError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_value_is_all_that_follows_the_first_equals_sign() -> None:
    assert parameters(["a=1", "b=", "c=x=y"]) == {"a": "1", "b": "", "c": "x=y"}
    assert parameters(None) == {}


@pytest.mark.parametrize(("given", "named"), [(["words"], "-p words"), (["=3"], "-p =3"), (["a=1", "a=1"], "-p a")])
def test_what_is_not_one_value_of_one_name_is_refused(given: list[str], named: str) -> None:
    with pytest.raises(UsageError, match=f"^{named}: "):
        parameters(given)


def test_the_last_file_overrides_the_first_and_the_command_line_both(tmp_path: Path) -> None:
    first, last = tmp_path / "first.yaml", tmp_path / "last.json"
    first.write_text("a: 1\nb: 1\nc: 1\n")
    last.write_text('{"b": 2, "c": 2}')
    assert parameters(["c=3"], [first, last]) == {"a": 1, "b": 2, "c": "3"}


def test_a_file_that_is_not_well_formed_is_an_error_with_its_position(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("a: [1\n")
    with pytest.raises(InvalidRecipeError) as refused:
        parameters(None, [file])
    assert refused.value.problems[0].at.file == str(file)
