"""What a plan says of a resource that was compared: the symbol before it, what differs, and the line at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render.plan.alike import span_of
from recipebatch.cli.render.plan.parts import counted
from recipebatch.report import SYMBOLS, Action, Change, changes_text
from recipebatch.report.changes import BLOB, CONTAINER, JOB, POOL, SCHEDULE, TASK
from recipebatch.text.sizes import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.plan.model import Plan
    from recipebatch.report import Comparison

_MOST_DIFFERENCES = 8
_VERBS = {Action.CREATE: "to upload", Action.REPLACE: "to replace", Action.KEEP: "unchanged"}


class Marks:
    """What was compared of a plan; without a comparison, nothing has a symbol.

    Args:
        comparison: None if no account was asked.
    """

    def __init__(self, comparison: Comparison | None) -> None:
        self._comparison = comparison
        self._found: dict[tuple[str, str], list[Change]] = {}
        for change in comparison.changes if comparison is not None else ():
            self._found.setdefault((change.kind, change.name), []).append(change)

    def symbol(self, kind: str, name: str) -> str:
        """`+ ` before a resource; empty if it was not compared."""
        found = self._found.get((kind, name))
        return f"{SYMBOLS[found[0].action]} " if found else ""

    def notes(self, kind: str, name: str, *, indent: int) -> list[str]:
        """What differs in a resource, old → new, and why it is not as one would expect."""
        lines: list[str] = []
        for change in self._found.get((kind, name), ()):
            lines += _difference_lines(change)
        return [f"{' ' * indent}{line}" for line in lines]

    def blob_symbols(self, container: str) -> dict[str, str]:
        """By the names of blobs, what stands before each."""
        found = self._found.get((BLOB, container), ())
        return {name: f"{SYMBOLS[change.action]} " for change in found for name in change.names}

    def blob_lines(self, container: str) -> list[str]:
        """The blobs of a container, one line for each thing that is done with some."""
        lines = []
        for change in self._found.get((BLOB, container), ()):
            size = f" ({size_text(change.size)})" if change.size else ""
            names = span_of(change.names[0], change.names[-1])
            lines.append(
                f"    {SYMBOLS[change.action]} {counted(change.count, 'blob')} {_VERBS[change.action]}{size}: {names}"
            )
        return lines

    def tasks(self, job: str) -> TaskMarks:
        """The tasks of a job."""
        return TaskMarks(self._found.get((TASK, job), ()))


class TaskMarks:
    """What was compared of the tasks of a job."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._kept = {name for change in changes if change.action is Action.KEEP for name in change.names}
        self._compared = bool(changes)

    def symbol(self, ids: Sequence[str]) -> str:
        """What stands before some of the tasks: `~ ` where only a part of them is there."""
        if not self._compared:
            return ""
        kept = sum(name in self._kept for name in ids)
        return "= " if kept == len(ids) else "~ " if kept else "+ "

    def missing(self, ids: Sequence[str]) -> str:
        """How many are to be added, where some are there."""
        kept = sum(name in self._kept for name in ids) if self._compared else 0
        return f"{len(ids) - kept:,} of {len(ids):,} to add" if 0 < kept < len(ids) else ""


def _difference_lines(change: Change) -> list[str]:
    """What differs, old → new, and why something is not as one would expect."""
    lines = [f"{each.property}: {each.old} → {each.new}" for each in change.differences[:_MOST_DIFFERENCES]]
    more = len(change.differences) - _MOST_DIFFERENCES
    lines += [f"… and {counted(more, 'more difference')}"] if more > 0 else []
    return [*lines, change.reason] if change.reason else lines


def head_lines(comparison: Comparison | None, not_compared: str) -> list[str]:
    """Below the name of the recipe: what it was compared with, what `apply` does, and the symbols that occur."""
    if comparison is None:
        return [f"not compared with an account: {not_compared}"] if not_compared else []
    lines = [f"compared with account {comparison.account}"]
    if comparison.refused:
        lines.append(f"! {comparison.refused}")
    else:
        lines.append(comparison.step or f"run {comparison.run_id} is unfinished, and has nothing left to do")
    used = [action for action in SYMBOLS if any(change.action is action for change in comparison.changes)]
    return [*lines, "  ".join(f"{SYMBOLS[action]} {action}" for action in used)] if used else lines


def existing_lines(comparison: Comparison) -> list[tuple[str, ...]]:
    """What changes or replaces what exists, each with what differs."""
    found = []
    for change in comparison.changes_existing:
        what = f"{counted(change.count, 'blob')} of container" if change.kind == BLOB else change.kind
        head = f"  {SYMBOLS[change.action]} {change.action} {what} {change.name}"
        found.append((head, *(f"      {line}" for line in _difference_lines(change))))
    return found


def summary_line(planned: Plan, comparison: Comparison | None) -> str:
    """The last line of a plan: what would be done, counted."""
    if comparison is not None:
        return f"Plan: {changes_text(comparison.changes)}"
    return f"Plan: {changes_text(_all_created(planned))} (not compared)"


def _all_created(planned: Plan) -> Iterable[Change]:
    """The changes if nothing of a plan exists."""
    for container in planned.containers:
        if not container.existing:
            yield Change(action=Action.CREATE, kind=CONTAINER, name=container.name)
        names = tuple(upload.blob for upload in container.uploads)
        size = sum(upload.size for upload in container.uploads)
        yield Change(action=Action.CREATE, kind=BLOB, name=container.name, names=names, size=size)
    for pool in planned.pools:
        if not pool.existing:
            yield Change(action=Action.CREATE, kind=POOL, name=pool.id)
    for job in planned.jobs:
        yield Change(action=Action.CREATE, kind=SCHEDULE if job.schedule is not None else JOB, name=job.id)
        tasks = () if job.schedule is not None else job.tasks or ()
        yield Change(action=Action.CREATE, kind=TASK, name=job.id, names=tuple(str(task.id) for task in tasks))
