"""A phase's name is written once, in the table of phases; everything else takes it from there."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recipebatch.phases import PHASES

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(__file__).resolve().parents[2] / "src" / "recipebatch"
TABLE = SOURCES / "phases" / "table.py"
# `collect:`, `purge:` and `watch:` are keys of the recipe language too, and `provision` is a key of the
# service's network configuration. The packages below read or explain that language and know nothing of phases.
LANGUAGE = ("properties", "recipe", "lint", "explain", "plan", "recipe_tests")
NAMES = {phase.name for phase in PHASES}


def strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """The string literals of a file; docstrings, and the names of Python objects in `__all__`, are none."""
    names: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr):
                names.add(id(statement.value))
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            names |= {id(element) for element in ast.walk(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in names:
            yield node


def test_a_phases_name_is_only_in_the_table() -> None:
    found = [
        f"{path.relative_to(SOURCES)}:{literal.lineno} {literal.value!r}"
        for path in sorted(SOURCES.rglob("*.py"))
        if path != TABLE and path.relative_to(SOURCES).parts[0] not in LANGUAGE
        for literal in strings(ast.parse(path.read_text(encoding="utf-8")))
        if literal.value in NAMES
    ]
    assert found == []


def test_the_packages_of_the_language_know_no_phases() -> None:
    imports = [
        f"{path.relative_to(SOURCES)}:{node.lineno}"
        for package in LANGUAGE
        for path in (SOURCES / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("recipebatch.phases")
    ]
    assert imports == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('x = "purge"', 1),
        ('def f():\n    """purge"""\n', 0),
        ('__all__ = ["purge"]', 0),
        ('f(phase="purge")', 1),
        ('f"{x}purge"', 1),
    ],
)
def test_a_literal_is_distinguished_from_a_docstring_and_an_export(source: str, count: int) -> None:
    assert [literal.value for literal in strings(ast.parse(source))].count("purge") == count
