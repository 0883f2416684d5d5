"""`x-lint: {ignore: [CODE]}` in a mapping: the rule reports nothing inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import explain
from recipebatch.lint.subject import finding
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.errors import Problem, SourcePosition
    from recipebatch.recipe import Node

_IGNORE_RULES = frozenset(("unknown-lint-code", "unused-ignore"))
# `validate` reports errors with this code too; only the finding of lint can be ignored.
_CODES = frozenset(explain.lint_codes()) - _IGNORE_RULES | {"secret-in-recipe"}


def without_ignored(document: Node, found: Sequence[Problem], *, complete: bool) -> list[Problem]:
    """The findings that are not ignored, and the problems of the `x-lint` entries themselves.

    Args:
        complete: whether every rule has run, so that an entry without a finding is unused.
    """
    kept = list(found)
    used: set[tuple[SourcePosition, str]] = set()
    own: list[Problem] = []
    for mapping, code, at in _exceptions(document):
        if code not in _CODES:
            hint = did_you_mean(code, _CODES)
            what = "is an error and cannot be ignored" if explain.explanation(code) else "is not a lint rule"
            own.append(finding(at, f"{code} {what}", "unknown-lint-code", hint))
            continue
        inside = set(_positions(mapping))
        silenced = [problem for problem in found if problem.code == code and problem.at in inside]
        if silenced:
            used.add((at, code))
        elif complete and (at, code) not in used:
            own.append(
                finding(at, f"there is no {code} finding to ignore here", "unused-ignore", "remove it from ignore")
            )
        kept = [problem for problem in kept if problem not in silenced]
    return [*kept, *own]


def _exceptions(node: Node) -> Iterator[tuple[Node, str, SourcePosition]]:
    """Every `x-lint` entry: its mapping, its code and its position."""
    written = node.get("x-lint")
    ignore = written.get("ignore") if written is not None else None
    if ignore is not None:
        for item in ignore.items() or (ignore,):
            if isinstance(item.value, str):
                yield node, item.value, item.at
    for entry in node.value.values() if isinstance(node.value, dict) else ():
        yield from _exceptions(entry.value)
    for item in node.items():
        yield from _exceptions(item)


def _positions(node: Node) -> Iterator[SourcePosition]:
    """The positions of everything inside a value."""
    yield node.at
    for entry in node.value.values() if isinstance(node.value, dict) else ():
        yield entry.key_at
        yield from _positions(entry.value)
    for item in node.items():
        yield from _positions(item)
