"""Every code that the sources raise has an explanation, and every explanation belongs to such a code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.explain import all_explanations

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(__file__).resolve().parents[2] / "src" / "recipebatch"
CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
# The position of the code among the arguments of what makes a problem.
POSITIONS = {"Problem": 2, "problem": 2, "fail_at": 2, "finding": 2}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module except the emulator's, whose codes are those of the REST API."""
    for path in sorted(SOURCES.rglob("*.py")):
        if path.relative_to(SOURCES).parts[0] != "emulator":
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def places(node: ast.AST) -> Iterator[ast.expr]:
    """Where a code can be written: an argument, a local name or class attribute `code`, a default of a parameter."""
    if isinstance(node, ast.Call):
        position = POSITIONS.get(name_of(node))
        if position is not None and len(node.args) > position:
            yield node.args[position]
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")
    if isinstance(node, ast.Assign) and any(getattr(it, "id", "") == "code" for it in node.targets):
        yield node.value
    if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "code" and node.value:
        yield node.value
    if isinstance(node, ast.arguments):
        pairs = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        yield from (value for argument, value in pairs if argument.arg == "code" and value is not None)


def raised() -> dict[str, str]:
    """Code → where it is written, of every problem, error and finding."""
    found: dict[str, str] = {}
    for path, module in modules():
        # What Reader.reference does not find is `unknown-` and its last argument.
        for node in ast.walk(module):
            written = list(places(node))
            if isinstance(node, ast.Call) and name_of(node) == "reference" and len(node.args) > 2:
                found |= {f"unknown-{what}": path.name for what in texts(node.args[2])}
            codes = [text for expression in written for text in texts(expression) if CODE.match(text)]
            found |= dict.fromkeys(codes, path.name)
    return found


def test_every_code_that_is_raised_has_an_entry() -> None:
    known = {entry.code for entry in all_explanations()}
    assert {code: where for code, where in raised().items() if code not in known} == {}


def test_every_entry_is_raised() -> None:
    assert {entry.code for entry in all_explanations()} - raised().keys() == set()


def test_no_code_has_two_entries() -> None:
    codes = [entry.code for entry in all_explanations()]
    assert len(codes) == len(set(codes))


def test_cause_and_fix_are_sentences_and_there_is_one_example_or_snippet() -> None:
    for entry in all_explanations():
        assert not entry.meaning.endswith("."), entry.code
        assert entry.cause.endswith("."), entry.code
        assert entry.fix.endswith("."), entry.code
        assert (entry.example is None) != (entry.snippet is None), entry.code
        assert entry.severity in {"error", "warning", "note"}
