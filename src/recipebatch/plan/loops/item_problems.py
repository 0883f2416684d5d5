"""What is wrong with the tasks of a loop, each with its item; what many have for the same reason is said once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import ProblemList
from recipebatch.plan.expressions import UNKNOWN, File, Namespace, OpaqueText, budget_is_spent

if TYPE_CHECKING:
    from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition

_MOST = 10
"""Problems of one template that are reported."""

_NAME, _DESCRIBED = 200, 80
"""Characters of the name of an item, and of its description in an error."""

_SAID_ONCE = frozenset(("invalid-id", "multi-instance", "too-few-nodes", "too-many-slots", "unknown-item"))
"""Codes of problems that many tasks of a loop have for the same reason."""


class ItemProblems:
    """The problems of the tasks of one job."""

    def __init__(self) -> None:
        self._found = ProblemList()
        self._counts: dict[str, int] = {}
        self._alike: dict[tuple[SourcePosition, str], tuple[Problem, str, int]] = {}

    def add(self, template: str, dynamic: Mapping[str, object], error: InvalidRecipeError) -> bool:
        """Keep the problems of one task; False when its template has enough of them."""
        described = of_item(dynamic)
        own = [problem for problem in error.problems if problem.code not in _SAID_ONCE]
        for problem in error.problems:
            if problem.code in _SAID_ONCE:
                key = (problem.at, problem.code)
                first, item, more = self._alike.get(key, (problem, described, -1))
                self._alike[key] = (first, item, more + 1)
        self._found.extend(replace(problem, message=problem.message + described) for problem in own)
        self._counts[template] = self._counts.get(template, 0) + bool(own)
        return self._counts[template] < _MOST and not budget_is_spent()

    def all(self) -> list[Problem]:
        """Every problem; of those that many tasks have the first, and how many there are."""
        found = list(self._found)
        for problem, item, more in self._alike.values():
            count = f"and {more:,} more task{'s' if more > 1 else ''}" if more else ""
            both = f"{item[:-1]}, {count})" if item and count else item or (f" ({count})" if count else "")
            found.append(replace(problem, message=problem.message + both))
        return found


def item_name(dynamic: Mapping[str, object]) -> str:
    """What a task is of in its loop, as its user writes it: `in/a.txt`, `6`, `strike=90, seed=1`, or nothing."""
    if "file" in dynamic and isinstance(dynamic["file"], File):
        return str(dynamic["file"].path)
    group = dynamic.get("group")
    if isinstance(group, Namespace):
        return str(group.values["key"])
    item = dynamic.get("item", dynamic.get("items"))
    if item is None or item is UNKNOWN:
        return ""
    if isinstance(item, Mapping):
        name = ", ".join(f"{key}={_text(value)}" for key, value in item.items())
    else:
        name = ", ".join(map(_text, item)) if isinstance(item, list | tuple) else _text(item)
    return name if len(name) <= _NAME else name[: _NAME - 3] + "..."


def _text(value: object) -> str:
    """A value as YAML writes it; of one that is not known yet that it is not."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value) if isinstance(value, OpaqueText) else str(value)


def of_item(dynamic: Mapping[str, object]) -> str:
    """The same with its kind and in parentheses, for errors: ` (file 'in/a.txt')`, ` (item 6)`, or nothing."""
    if "file" in dynamic and isinstance(dynamic["file"], File):
        return f" (file {dynamic['file'].path!r})"
    group = dynamic.get("group")
    if isinstance(group, Namespace):
        return f" (group {group.values['key']!r})"
    item = dynamic.get("item", dynamic.get("items"))
    if item is None or item is UNKNOWN:
        return ""
    described = repr(item)
    return f" (item {described if len(described) <= _DESCRIBED else described[: _DESCRIBED - 3] + '...'})"
