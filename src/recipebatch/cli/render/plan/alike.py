"""What is alike in the values of many tasks: one text that stands for all of them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.plan.model import PlannedTask

_FILE_NAME = re.compile(r"\.[A-Za-z]\w*$")


def span_of(first: str, last: str) -> str:
    """`f0001.txt … f3000.txt`; one value where both are equal."""
    return first if first == last else f"{first} … {last}"


def common_form(values: Sequence[str], tasks: Sequence[PlannedTask]) -> str:
    """One text for the values of tasks: equal ones as they are, others with what differs in braces, `a/{stem}.out`.

    It is true of every value, not of a sample: what has no such form is shown as its first and its last.

    Args:
        values: one of each task.
        tasks: in the same order.
    """
    first = values[0]
    if all(value == first for value in values):
        return first
    parts = _OF_FILES if "/" in tasks[0].item or _FILE_NAME.search(tasks[0].item) else _OF_ITEMS
    for name, part in parts.items():
        form = _with_part(values, tasks, name, part)
        if form is not None:
            return form
    return span_of(first, values[-1])


def _with_part(
    values: Sequence[str], tasks: Sequence[PlannedTask], name: str, part: Callable[[PlannedTask], str]
) -> str | None:
    """The form with one part of each item in braces, if the rest is the same everywhere."""
    mark = "{" + name + "}"
    begins = part(tasks[0])
    if not begins or begins not in values[0]:
        return None
    before, _, after = values[0].partition(begins)
    for value, task in zip(values, tasks, strict=True):
        if value != f"{before}{part(task)}{after}":
            return None
    return f"{before}{mark}{after}"


def _file_name(task: PlannedTask) -> str:
    return task.item.rpartition("/")[2]


def _stem(task: PlannedTask) -> str:
    name = _file_name(task)
    return name.rpartition(".")[0] or name


def _path_stem(task: PlannedTask) -> str:
    path = task.item
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"


_OF_FILES: dict[str, Callable[[PlannedTask], str]] = {
    "name": _file_name,
    "stem": _stem,
    "path": lambda task: task.item,
    "path without its extension": _path_stem,
    "task id": lambda task: str(task.id),
}
_OF_ITEMS = {"item": _OF_FILES["path"], "task id": _OF_FILES["task id"]}
"""What of a task's item may be in its values; what is tried first is said first."""


def number_range(values: Sequence[int]) -> str:
    """`2`, or `1-4`."""
    least, most = min(values), max(values)
    return str(least) if least == most else f"{least:,}-{most:,}"
