"""TaskHistory: which tasks a run had, where and when each ran and what came of it; for after its jobs are gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recipebatch.runs.kept.columns import packed, text_column, texts, time_column, times, unpacked
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VERSION = 1
_TEXTS = ("job", "job_id", "task_id", "template", "item", "state", "cause", "code", "node_id", "pool_id")
_NUMBERS = ("exit_code", "tries", "earlier")
_NEEDED = ("job", "job_id", "task_id", "template", "item", "state", "cause", "code", "tries", "earlier")
_TIMES = ("created", "began", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A task of a run as it was last seen.

    Attributes:
        job: the name of its job in the recipe, also of one whose job is a retry of that; empty if it is not known.
        template: its name in the recipe; empty if the recipe does not know the task.
        item: what it is of in `for_each`: an item, a file or a group; empty without a loop.
        state: of the service: `active`, `preparing`, `running` or `completed`.
        cause: one of `vocabulary.causes.Cause`; empty if it succeeded, or may still do so.
        code: the service's failure code; empty if there is none.
        exit_code: None when the command never ran, or has not ended.
        tries: how many times its command was started, by the service's count, which begins again when the task is
            reactivated.
        earlier: how many times it was started before it was reactivated, as far as it was looked at in between.
        node_id: where it ran last; None if it never did.
        pool_id: of its job; None if that is not known.
        created: when it was added to its job, by the service's clock.
        began: when its last try did; None when there was none.
        ended: when its last try did.
        tried_again: it counts no more: it was added again to a later job.
    """

    job: str = ""
    job_id: str
    task_id: str
    template: str = ""
    item: str = ""
    state: str
    cause: str = ""
    code: str = ""
    exit_code: int | None = None
    tries: int = 0
    earlier: int = 0
    node_id: str | None = None
    pool_id: str | None = None
    created: datetime | None = None
    began: datetime | None = None
    ended: datetime | None = None
    tried_again: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.job_id, self.task_id

    def then(self, record: TaskRecord) -> TaskRecord:
        """What was seen of the same task later, with what only an earlier look knows.

        That is its template, how often it was started before it was reactivated, and why one failed that was tried
        again in a later job, where the newer look has the service's word alone.
        """
        if self.template and not record.template:
            record = replace(record, job=self.job, template=self.template, item=self.item)
        # What has completed runs again only if it is reactivated.
        again = self.state == TaskState.COMPLETED and self.began != record.began
        record = replace(record, earlier=self.earlier + (self.tries if again else 0))
        if record.tried_again and self.cause and self.ended == record.ended:
            record = replace(record, cause=self.cause, code=self.code)
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHistory:
    """The tasks of a run.

    Attributes:
        seen_at: when they were looked at last; None if they never were.
        jobs_seen: by the id of a job, when its tasks were looked at last.
    """

    records: tuple[TaskRecord, ...] = ()
    seen_at: datetime | None = None
    jobs_seen: Mapping[str, datetime] = field(default_factory=dict)

    def with_seen(self, records: Iterable[TaskRecord], at: datetime) -> TaskHistory:
        """With what was seen now; of a task that is known already the newer look counts.

        What the newer look does not tell stays (`TaskRecord.then`).
        """
        found = {record.key: record for record in self.records}
        jobs = dict(self.jobs_seen)
        for record in records:
            before = found.get(record.key)
            found[record.key] = record if before is None else before.then(record)
            jobs[record.job_id] = at
        return TaskHistory(records=tuple(found.values()), seen_at=at, jobs_seen=jobs)

    def with_added(self, records: Iterable[TaskRecord]) -> TaskHistory:
        """With tasks that were added to their jobs, and that nobody has looked at yet.

        Of those that are known it takes whether they were tried again.
        """
        found = {record.key: record for record in self.records}
        for record in records:
            before = found.get(record.key)
            if before is None:
                found[record.key] = record
            elif before.tried_again != record.tried_again:
                found[record.key] = replace(before, tried_again=record.tried_again)
        return replace(self, records=tuple(found.values()))

    def to_json(self) -> str:
        """The text of its document: some 20 to 60 bytes a task."""
        columns: dict[str, Any] = {
            name: text_column([getattr(record, name) for record in self.records]) for name in _TEXTS
        }
        columns |= {name: [getattr(record, name) for record in self.records] for name in _NUMBERS}
        columns["tried_again"] = [int(record.tried_again) for record in self.records]
        columns |= {name: time_column([getattr(record, name) for record in self.records]) for name in _TIMES}
        seen_at = None if self.seen_at is None else self.seen_at.isoformat()
        jobs = {job: at.isoformat() for job, at in self.jobs_seen.items()}
        return json.dumps({"version": _VERSION, "seen_at": seen_at, "jobs": jobs, "tasks": packed(columns)})


def task_history_from_json(text: str) -> TaskHistory:
    """The inverse of `TaskHistory.to_json`; what someone else wrote, or a later version, is nothing."""
    try:
        body = json.loads(text)
        if body["version"] != _VERSION:
            return TaskHistory()
        columns = unpacked(body["tasks"])
        values: dict[str, list[Any]] = {name: texts(columns[name]) for name in _TEXTS}
        values |= {name: _numbers(columns[name]) for name in _NUMBERS}
        values["tried_again"] = [bool(value) for value in columns["tried_again"]]
        values |= {name: times(columns[name]) for name in _TIMES}
        names = [each.name for each in fields(TaskRecord)]
        rows = zip(*(values[name] for name in names), strict=True)
        records = tuple(TaskRecord(**dict(zip(names, row, strict=True))) for row in rows)
        if any(None in map(record.__getattribute__, _NEEDED) for record in records):
            return TaskHistory()
        seen_at = None if body["seen_at"] is None else datetime.fromisoformat(body["seen_at"])
        jobs = {str(job): datetime.fromisoformat(at) for job, at in body["jobs"].items()}
        if any(at.tzinfo is None for at in (*jobs.values(), *([] if seen_at is None else [seen_at]))):
            return TaskHistory()
        return TaskHistory(records=records, seen_at=seen_at, jobs_seen=jobs)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError):
        return TaskHistory()


def _numbers(column: Any) -> list[Any]:
    if not all(value is None or isinstance(value, int) for value in column):
        raise ValueError("a number is none")
    return list(column)
