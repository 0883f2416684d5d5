"""`x-lint: {ignore: [CODE]}` in a mapping: the rule reports nothing inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import explain
from recipebatch.lint.subject import finding
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.errors import Problem, SourcePosition
    from recipebatch.recipe import Node

_ABOUT_IGNORING = frozenset(("unknown-lint-code", "unused-ignore"))
# An error of `validate` has this code too, which stays one: only the finding of lint can be ignored.
_CODES = frozenset(explain.lint_codes()) - _ABOUT_IGNORING | {"secret-in-recipe"}


def without_ignored(document: Node, found: Sequence[Problem], *, complete: bool) -> list[Problem]:
    """The findings that count, and what is wrong with the exceptions themselves.

    Args:
        complete: every rule was asked, so that an exception without a finding is not needed.
    """
    kept = list(found)
    used: set[tuple[SourcePosition, str]] = set()
    own: list[Problem] = []
    for mapping, code, at in _exceptions(document):
        if code not in _CODES:
            hint = did_you_mean(code, _CODES)
            what = "is an error, which cannot be ignored" if explain.explanation(code) else "is no rule of lint"
            own.append(finding(at, f"{code} {what}", "unknown-lint-code", hint))
            continue
        inside = set(_positions(mapping))
        silenced = [problem for problem in found if problem.code == code and problem.at in inside]
        if silenced:
            used.add((at, code))
        elif complete and (at, code) not in used:
            own.append(finding(at, f"there is no {code} here to ignore", "unused-ignore", "remove it from ignore"))
        kept = [problem for problem in kept if problem not in silenced]
    return [*kept, *own]


def _exceptions(node: Node) -> Iterator[tuple[Node, str, SourcePosition]]:
    """Every exception: the mapping it stands in, its code and where it is written."""
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
    """Where everything inside of a value is written."""
    yield node.at
    for entry in node.value.values() if isinstance(node.value, dict) else ():
        yield entry.key_at
        yield from _positions(entry.value)
    for item in node.items():
        yield from _positions(item)
