"""FailureGroups: many failed tasks in few lines, by template, exit code and message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.phases import failure_text
from recipebatch.report import TASK
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from recipebatch.report import FailedTask, TaskFailed

WITH_OUTPUT = 5
"""So many failures are said with the ends of what they wrote; more would hide the rest of the screen."""

MAX_GROUPS = 20
"""So many groups are said one by one."""

_NAMES = 5


@dataclass(slots=True)
class Group:
    """Failures that are alike; the first stands for all of them.

    Attributes:
        names: of the first few tasks.
    """

    first: FailedTask
    template: str
    names: list[str]
    count: int = 1

    @property
    def text(self) -> str:
        """`87 × count: exit code 3: bad input; first f0003, f0010, …`."""
        failure = self.first
        what = self.template or (f"task of {failure.job_id}" if failure.kind == TASK else failure.kind)
        code = f"exit code {failure.exit_code}" if failure.exit_code is not None else failure.code
        more = ", …" if self.count > len(self.names) else ""
        return f"{self.count:,} × {what}: {code}{_why(failure)}; first {', '.join(self.names)}{more}"


class FailureGroups:
    """The failures of a run so far: the first of each kind is said in full, the others are counted."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], Group] = {}

    def add(self, event: TaskFailed) -> str:
        """Count a failure; what to say of it by itself, empty where it is like one that was said."""
        failure = event.failure
        name = failure.task_id if failure.kind == TASK else str(failure.node_id)
        key = (event.template, *failure.alike)
        group = self._groups.get(key)
        if group is not None:
            group.count += 1
            group.names += [name] if len(group.names) < _NAMES else []
            return ""
        self._groups[key] = Group(first=failure, template=event.template, names=[name])
        if len(self._groups) > MAX_GROUPS:
            return ""
        return failure_text(failure, output=len(self._groups) <= WITH_OUTPUT)

    @property
    def lines(self) -> list[str]:
        """A line for each group with several failures, or of which none was said, the largest first."""
        groups = list(self._groups.values())
        said = groups[:MAX_GROUPS]
        lines = [each.text for each in sorted(said, key=lambda each: -each.count) if each.count > 1]
        if rest := groups[MAX_GROUPS:]:
            lines.append(f"{sum(each.count for each in rest):,} × failures of {len(rest)} other kinds")
        return lines


def _why(failure: FailedTask) -> str:
    """What it wrote last where the service says nothing but that it failed; empty without both."""
    if failure.cause != Cause.EXIT_CODE:
        return f": {failure.message}"
    written = (failure.stderr or failure.stdout).strip().splitlines()
    return f": {written[-1]}" if written else ""
