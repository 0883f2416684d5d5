from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = [*PROJECT["dependencies"], *EXTRAS["local"], *EXTRAS["lsp"]]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def test_every_package_that_is_needed_has_a_lower_and_an_upper_bound_and_an_installed_version_between() -> None:
    for requirement in NEEDED:
        found = re.fullmatch(r"([\w.-]+)>=([\d.]+),<([\d.]+)", requirement)
        assert found, requirement
        assert numbers(found[2]) <= numbers(version(found[1])) < numbers(found[3]), requirement
