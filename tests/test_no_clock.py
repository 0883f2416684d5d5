"""What decides reads no clock: the time comes in as an argument, so that a test can choose it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[1] / "src" / "recipebatch"
PACKAGES = (
    "cost",
    "emulator/scheduler",
    "explain",
    "lint",
    "pages",
    "plan",
    "properties",
    "recipe",
    "report",
    "text",
    "vocabulary",
)
METHODS = frozenset(("now", "today", "utcnow"))
TYPES = frozenset(("date", "datetime"))


def clocks(tree: ast.AST) -> set[int]:
    """The lines that read a clock, or import the module `time`."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if any(name.name == "time" for name in names):
                found.add(node.lineno)
            case ast.ImportFrom(module="time", level=0):
                found.add(node.lineno)
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in METHODS:
                found.add(node.lineno)
            # Handed on as a function, it is called by others.
            case ast.Attribute(attr=attr, value=ast.Name(id=name)) if attr in METHODS and name in TYPES:
                found.add(node.lineno)
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_that_decides_reads_a_clock(package: str) -> None:
    files = sorted((SOURCES / package).rglob("*.py"))
    assert files
    found = {
        f"{path.relative_to(SOURCES)}:{line}" for path in files for line in clocks(ast.parse(path.read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from time import monotonic",
        "a = datetime.now(UTC)",
        "a = datetime.datetime.utcnow()",
        "a = date.today()",
        "a = clock.now()",
        "a = field(default_factory=date.today)",
    ],
)
def test_a_clock_is_recognized(source: str) -> None:
    assert clocks(ast.parse(source)) == {1}


def test_a_given_time_is_no_clock() -> None:
    assert clocks(ast.parse("a = subject.today - self.now")) == set()
