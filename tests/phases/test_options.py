from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recipebatch.errors import UsageError
from recipebatch.phases import PhaseOptions


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"include": "s1/*"}, "include must be a tuple of texts, not str"),
        ({"output_dir": "results"}, "output_dir must be a Path, not str"),
        ({"timeout": 3}, "timeout must be a timedelta or None, not int"),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_and_not_misread(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        PhaseOptions(**wrong)


def test_values_of_the_right_types_are_kept() -> None:
    options = PhaseOptions(output_dir=Path("r"), include=("a",), timeout=timedelta(seconds=3))
    assert (options.output_dir, options.include, options.timeout) == (Path("r"), ("a",), timedelta(seconds=3))
