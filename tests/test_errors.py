"""Exit codes are one list, which the page of the commands repeats; problems of a recipe are a bounded one."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import MAX_PROBLEMS, ExitCode, InvalidRecipeError, Problem, ProblemList, SourcePosition

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_of_the_commands_lists_every_exit_code() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    table = page[page.index("| exit code |") :].split("\n\n")[0]
    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", table)} == set(ExitCode)


def test_no_class_or_command_has_a_number_of_its_own_for_an_exit_code() -> None:
    numbers = []
    for path in sorted((ROOT / "src" / "recipebatch").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name(id="exit_code")], value=ast.Constant(value=int())):
                    numbers.append(f"{path.name}:{node.lineno}")
                case ast.Call(func=ast.Attribute(attr="Exit") | ast.Name(id="SystemExit"), args=[ast.Constant()]):
                    numbers.append(f"{path.name}:{node.lineno}")
    assert numbers == []


def problems(count: int) -> list[Problem]:
    return [Problem(SourcePosition("r.yaml", number, 1), f"wrong {number}") for number in range(1, count + 1)]


@pytest.mark.parametrize("add", [ProblemList.extend, ProblemList.__iadd__])
def test_a_recipe_is_checked_until_it_has_too_many_problems(
    add: Callable[[ProblemList, list[Problem]], object],
) -> None:
    found = ProblemList()
    add(found, problems(MAX_PROBLEMS))
    assert len(found) == MAX_PROBLEMS
    with pytest.raises(InvalidRecipeError) as raised:
        add(found, problems(5))
    assert len(raised.value.problems) == MAX_PROBLEMS + 1
    assert [raised.value.problems[0].message, raised.value.problems[-1].code] == ["wrong 1", "too-many-problems"]
