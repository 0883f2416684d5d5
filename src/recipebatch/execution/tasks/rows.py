"""TaskRow: a task of a run as it is listed; which of them are meant, and in which order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recipebatch.report import Verdict
from recipebatch.text.globs import matcher
from recipebatch.vocabulary.causes import Cause
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from recipebatch.runs import TaskRecord

SUCCEEDED, FAILED, BLOCKED = Verdict.SUCCEEDED.value, Verdict.FAILED.value, Cause.BLOCKED.value
TASK_STATES = (TaskState.ACTIVE.value, TaskState.PREPARING.value, TaskState.RUNNING.value, SUCCEEDED, FAILED, BLOCKED)
"""How tasks stand: those that completed by their own result, and those that wait in vain for one that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task of a run; one that was tried again in a later job is its newest try.

    Attributes:
        record: the task as it was last seen.
        seen: when that was.
        earlier: how many times its command was started in earlier jobs.
    """

    record: TaskRecord
    seen: datetime
    earlier: int = 0

    @property
    def state(self) -> str:
        """One of `TASK_STATES`."""
        record = self.record
        if record.state != TaskState.COMPLETED:
            return BLOCKED if record.cause == Cause.BLOCKED else record.state
        return FAILED if record.cause or record.exit_code else SUCCEEDED

    @property
    def tries(self) -> int:
        """How many times its command was started, in all jobs and before it was reactivated."""
        return self.record.tries + self.record.earlier + self.earlier

    @property
    def waited(self) -> timedelta | None:
        """From its addition to its job until its last try began, or until it was seen to wait; None if not known."""
        record = self.record
        if record.created is None or (record.ended is not None and record.began is None):
            return None
        return max((record.began or self.seen) - record.created, record.created - record.created)

    @property
    def ran(self) -> timedelta | None:
        """How long its last try ran, up to now if it runs; None without a try."""
        record = self.record
        if record.began is None:
            return None
        return max((record.ended or self.seen) - record.began, record.began - record.began)

    @property
    def changed(self) -> datetime | None:
        """When it ended, began or was added, whichever was last."""
        record = self.record
        return max((time for time in (record.created, record.began, record.ended) if time is not None), default=None)


@dataclass(frozen=True, kw_only=True)
class TaskQuery:
    """Which tasks are meant; what is empty or None is all.

    Attributes:
        states: of `TASK_STATES`.
        templates: their names in the recipe.
        items: patterns of items, such as `samples/*.txt` or `6`.
        nodes: ids of nodes where they ran last, or how these begin.
        causes: of `vocabulary.causes.Cause`.
        since: only tasks that were added, began or ended at or after this time.
    """

    states: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    items: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    causes: frozenset[str] = frozenset()
    since: datetime | None = None

    @property
    def is_all(self) -> bool:
        """No task is left out."""
        return self == TaskQuery()

    @cached_property
    def _fit_items(self) -> tuple[Callable[[str], bool], ...]:
        return tuple(matcher(pattern) for pattern in self.items)

    def fits(self, row: TaskRow) -> bool:
        """Whether a task is meant."""
        record = row.record
        return (
            (not self.states or row.state in self.states)
            and (not self.templates or record.template in self.templates)
            and (not self.nodes or (record.node_id or "").startswith(self.nodes))
            and (not self.causes or record.cause in self.causes)
            and (self.since is None or (row.changed is not None and row.changed >= self.since))
            and (not self.items or any(fits(record.item) for fits in self._fit_items))
        )


SORT_KEYS: dict[str, Callable[[TaskRow], Any]] = {
    "id": lambda row: row.record.task_id.casefold(),
    "template": lambda row: row.record.template.casefold(),
    "item": lambda row: row.record.item.casefold(),
    "state": lambda row: TASK_STATES.index(row.state),
    "cause": lambda row: row.record.cause or None,
    "exit_code": lambda row: row.record.exit_code,
    "tries": lambda row: row.tries,
    "node": lambda row: row.record.node_id,
    "waited": lambda row: row.waited,
    "ran": lambda row: row.ran,
    "created": lambda row: row.record.created,
    "began": lambda row: row.record.began,
    "ended": lambda row: row.record.ended,
}
"""By what tasks can be sorted; None is last in either direction."""

LARGEST_FIRST = frozenset({"exit_code", "tries", "waited", "ran", "created", "began", "ended"})
"""Sorted by these, the largest or latest comes first: that is what one looks for."""


def in_order(rows: Iterable[TaskRow], key: str, *, reverse: bool) -> list[TaskRow]:
    """Rows by a key of `SORT_KEYS`; rows that are equal in it stay in their order.

    Args:
        rows: of a run.
        key: by what.
        reverse: the other way round.
    """
    value = SORT_KEYS[key]
    keyed = [(value(row), row) for row in rows]
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=(key in LARGEST_FIRST) != reverse)
    return [row for _, row in known] + [row for found, row in keyed if found is None]
