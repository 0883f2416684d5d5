"""The rules of the tree: sizes of folders and files, and a test file for every source file that decides something."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

TESTS = Path(__file__).resolve().parent
SOURCES = TESTS.parent / "src"
PACKAGE = SOURCES / "recipebatch"
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}

MAX_FILES = 12
"""Python files in one folder. A folder with more gets a level."""
MAX_LINES = 400
MAX_MEDIAN_LINES = 120
SMALL = 30
"""A file with fewer lines that one other file uses is folded into that file."""
UNTESTED_LINES = 60
"""A file with more lines has a test file of its name if it decides something."""
FEW_DECISIONS = 3
"""A file with fewer decisions declares or passes on; the tests of what uses it are its tests."""

# What the rules do not hold for yet. These lists only become shorter: an entry that is no longer needed fails its test.
TOO_LONG: frozenset[str] = frozenset()
TOO_SMALL: frozenset[str] = frozenset()
WITHOUT_TEST: frozenset[str] = frozenset()


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def module(path: Path) -> str:
    """The dotted name of a source file; that of a door is the name of its package."""
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")


def imports(tree: ast.AST) -> set[tuple[str, str]]:
    """What a file imports as (module, name); the name is empty where the module itself is imported."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {(name.name, "") for name in names}
            case ast.ImportFrom(module=str(source), names=names):
                found |= {(source, name.name) for name in names}
    return found


def users(trees: Mapping[str, ast.AST], doors: set[str]) -> dict[str, set[str]]:
    """For each module the modules that use it; what is imported through a door counts for the file behind the door."""
    found: dict[str, set[str]] = {name: set() for name in trees}
    for user, tree in trees.items():
        if user in doors:
            continue
        for source, name in imports(tree):
            found.get(origin(source, name, trees, doors), set()).add(user)
    return found


def origin(source: str, name: str, trees: Mapping[str, ast.AST], doors: set[str]) -> str:
    """The module that an import reaches: a submodule, the file behind a door, or the module named."""
    if f"{source}.{name}" in trees:
        return f"{source}.{name}"
    if source in doors:
        for behind, exported in imports(trees[source]):
            if exported == name:
                return origin(behind, name, trees, doors)
    return source


def decisions(tree: ast.AST) -> int:
    """How many decisions the functions of a file make: conditions, cases, error handlers. A loop decides nothing."""
    return sum(
        isinstance(node, (ast.If, ast.IfExp, ast.While, ast.match_case, ast.ExceptHandler, ast.BoolOp))
        or (isinstance(node, ast.comprehension) and bool(node.ifs))
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in own_nodes(function)
    )


def own_nodes(function: ast.AST) -> list[ast.AST]:
    """The nodes of a function without those of functions inside it, which count for themselves."""
    found: list[ast.AST] = []
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found += [node, *own_nodes(node)]
    return found


def decides(path: Path) -> bool:
    """Whether a file is to have a test file of its name."""
    return (
        not path.name.startswith("_")
        and lines(path) > UNTESTED_LINES
        and decisions(ast.parse(path.read_text("utf-8"))) >= FEW_DECISIONS
    )


def too_small() -> set[str]:
    """The small files that fewer than two others use."""
    trees = {module(path): ast.parse(path.read_text("utf-8")) for path in FILES.values()}
    used = users(trees, {module(path) for path in FILES.values() if path.name == "__init__.py"})
    small = {name for name, path in FILES.items() if lines(path) < SMALL and not path.name.startswith("_")}
    return {name for name in small if len(used[module(FILES[name])]) < 2}


def has_test(name: str) -> bool:
    """Whether `X/y.py` has tests in `tests/X/test_y.py`."""
    path = Path(name)
    mirrored = TESTS / path.with_name(f"test_{path.name}")
    return mirrored.is_file() and "def test_" in mirrored.read_text("utf-8")


def test_no_folder_is_a_heap() -> None:
    folders = {path.parent for path in FILES.values()}
    counts = {str(folder.relative_to(SOURCES)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {name: count for name, count in counts.items() if count > MAX_FILES} == {}


def test_files_are_short() -> None:
    assert statistics.median(map(lines, FILES.values())) <= MAX_MEDIAN_LINES
    assert {name for name, path in FILES.items() if lines(path) > MAX_LINES} == TOO_LONG


def test_a_small_file_is_used_by_more_than_one() -> None:
    assert too_small() == TOO_SMALL, "fold it into the file that uses it"


def test_what_decides_has_a_test_file_of_its_name() -> None:
    without = {name for name, path in FILES.items() if decides(path) and not has_test(name)}
    assert sorted(without - WITHOUT_TEST) == [], "add tests/X/test_y.py for src/recipebatch/X/y.py"
    assert sorted(WITHOUT_TEST - without) == [], "these have tests now, or are gone: take them off the list"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def f():\n    for a in b: c(a)", 0),
        ("A = 1 if B else 2", 0),
        ("def f():\n    return a if b and c else d", 2),
        ("def f():\n    def g():\n        if a: pass", 1),
        ("class A:\n    def f(self):\n        return [a for a in b if a]", 1),
        ("def f():\n    match a:\n        case 1: pass\n        case _: pass", 2),
        ("async def f():\n    try: pass\n    except A: pass\n    except B: pass", 2),
    ],
)
def test_a_decision_is_counted_once(source: str, count: int) -> None:
    assert decisions(ast.parse(source)) == count


def test_an_import_through_a_door_is_a_use_of_the_file_behind_it() -> None:
    trees: dict[str, ast.AST] = {
        "a": ast.parse("from a.b import c\nfrom a.d import e"),
        "a.b": ast.parse("c = 1"),
        "a.d": ast.parse("e = 1"),
        "x": ast.parse("from a import c"),
        "y": ast.parse("from a import b"),
        "z": ast.parse("import a.d"),
    }
    assert users(trees, {"a"}) == {"a": set(), "a.b": {"x", "y"}, "a.d": {"z"}, "x": set(), "y": set(), "z": set()}
