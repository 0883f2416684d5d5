"""TaskHistory: which tasks a run had, where and when each ran and what came of it; for after its jobs are gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recipebatch.runs.kept.columns import packed, text_column, texts, time_column, times, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION = 1
_TEXTS = ("job_id", "task_id", "template", "item", "state", "cause", "code", "node_id", "pool_id")
_NUMBERS = ("exit_code", "tries")
_NEEDED = ("job_id", "task_id", "template", "item", "state", "cause", "code", "tries")
_TIMES = ("created", "began", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A task of a run as it was last seen.

    Attributes:
        template: its name in the recipe; empty if the recipe does not know the task.
        item: what it is of in `for_each`: an item, a file or a group; empty without a loop.
        state: of the service: `active`, `preparing`, `running` or `completed`.
        cause: one of `vocabulary.causes.Cause`; empty if it succeeded, or has not ended.
        code: the service's failure code; empty if there is none.
        exit_code: None when the command never ran, or has not ended.
        tries: how many times its command was started.
        node_id: where it ran last; None if it never did.
        pool_id: of its job; None if that is not known.
        created: when it was added to its job, by the service's clock.
        began: when its last try did; None when there was none.
        ended: when its last try did.
    """

    job_id: str
    task_id: str
    template: str = ""
    item: str = ""
    state: str
    cause: str = ""
    code: str = ""
    exit_code: int | None = None
    tries: int = 0
    node_id: str | None = None
    pool_id: str | None = None
    created: datetime | None = None
    began: datetime | None = None
    ended: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.job_id, self.task_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHistory:
    """The tasks of a run.

    Attributes:
        seen_at: when they were looked at; None if they never were.
    """

    records: tuple[TaskRecord, ...] = ()
    seen_at: datetime | None = None

    def with_seen(self, records: Iterable[TaskRecord], at: datetime) -> TaskHistory:
        """With what was seen now; of a task that is known already the newer look counts."""
        found = {record.key: record for record in self.records} | {record.key: record for record in records}
        return TaskHistory(records=tuple(found.values()), seen_at=at)

    def to_json(self) -> str:
        """The text of its document: some 20 to 60 bytes a task."""
        columns: dict[str, Any] = {
            name: text_column([getattr(record, name) for record in self.records]) for name in _TEXTS
        }
        columns |= {name: [getattr(record, name) for record in self.records] for name in _NUMBERS}
        columns |= {name: time_column([getattr(record, name) for record in self.records]) for name in _TIMES}
        seen_at = None if self.seen_at is None else self.seen_at.isoformat()
        return json.dumps({"version": _VERSION, "seen_at": seen_at, "tasks": packed(columns)})


def task_history_from_json(text: str) -> TaskHistory:
    """The inverse of `TaskHistory.to_json`; what someone else wrote, or a later version, is nothing."""
    try:
        body = json.loads(text)
        columns = unpacked(body["tasks"])
        values: dict[str, list[Any]] = {name: texts(columns[name]) for name in _TEXTS}
        values |= {name: _numbers(columns[name]) for name in _NUMBERS}
        values |= {name: times(columns[name]) for name in _TIMES}
        names = [field.name for field in fields(TaskRecord)]
        rows = zip(*(values[name] for name in names), strict=True)
        records = tuple(TaskRecord(**dict(zip(names, row, strict=True))) for row in rows)
        if any(None in map(record.__getattribute__, _NEEDED) for record in records):
            return TaskHistory()
        seen_at = None if body["seen_at"] is None else datetime.fromisoformat(body["seen_at"])
        return TaskHistory(records=records, seen_at=seen_at)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError):
        return TaskHistory()


def _numbers(column: Any) -> list[Any]:
    if not all(value is None or isinstance(value, int) for value in column):
        raise ValueError("a number is none")
    return list(column)
