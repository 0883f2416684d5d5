"""The tasks of a run as a table, as values, and as CSV."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from recipebatch.cli.render.tables.table import Column, Table, csv_text
from recipebatch.execution import TASK_STATES
from recipebatch.text.sizes import size_text
from recipebatch.text.terminal import one_line
from recipebatch.vocabulary.durations import age, short_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from recipebatch.api import RunTaskList
    from recipebatch.execution import FilesOfTask, TaskRow

_COLUMNS = (
    Column(header="TASK", rank=0, gives_way=True),
    Column(header="TEMPLATE", rank=8, gives_way=True),
    Column(header="ITEM", rank=3, gives_way=True),
    Column(header="STATE", rank=1),
    Column(header="CAUSE", rank=5),
    Column(header="EXIT", rank=4, right=True),
    Column(header="TRIES", rank=9, right=True),
    Column(header="NODE", rank=6, gives_way=True, is_text=True),
    Column(header="WAITED", rank=10, right=True),
    Column(header="RAN", rank=2, right=True),
    Column(header="ENDED", rank=7),
)
_FIELDS = (
    *("id", "job", "job_id", "template", "item", "state", "cause", "code", "exit_code", "tries", "node", "pool"),
    *("created", "began", "ended", "waited_seconds", "ran_seconds"),
)
_SHORT_NODE = 14


def tasks_text(found: RunTaskList, *, most: int | None, now: datetime) -> str:
    """The table, and last lines that sum it up.

    Args:
        found: the tasks.
        most: the width of the terminal; None is as wide as it gets.
        now: the ages of ends count from here.
    """
    rows = found.tasks.rows
    lines: list[str] = []
    if rows:
        several = len({row.record.job_id for row in rows}) > 1 and len({row.record.task_id for row in rows}) < len(rows)
        lines = Table(_COLUMNS, (_cells(row, now, most, with_job=several) for row in rows)).lines(most)
    elif found.tasks.total:
        lines = ["no task of the run fits"]
    for line in _summary(found, now, most):
        lines += [line] if most is None else textwrap.wrap(line, most, subsequent_indent="  ")
    return "\n".join(map(one_line, lines))


def _cells(row: TaskRow, now: datetime, most: int | None, *, with_job: bool) -> tuple[str, ...]:
    record = row.record
    return (
        f"{record.job_id}/{record.task_id}" if with_job else record.task_id,
        record.template,
        row.record.item,
        row.state,
        "" if record.cause == row.state else record.cause,
        "" if record.exit_code is None else str(record.exit_code),
        str(row.tries or ""),
        node_text(record.node_id or "", most),
        "" if row.waited is None else short_duration(row.waited),
        "" if row.ran is None else short_duration(row.ran),
        "" if record.ended is None else f"{age(now - record.ended)} ago",
    )


def node_text(node: str, most: int | None) -> str:
    """The id of a node; on a terminal its beginning, which tells it from others: Azure's have 72 characters."""
    return node if most is None or len(node) <= _SHORT_NODE + 1 else f"{node[:_SHORT_NODE]}…"


def _summary(found: RunTaskList, now: datetime, most: int | None) -> list[str]:
    """`3,000 tasks: 2,990 succeeded, 10 failed; longest 3m20s (f0007 on tvm-3)`, and where it comes from."""
    listed = found.tasks
    said = f"{listed.total:,} {'task' if listed.total == 1 else 'tasks'}: {counts_text(listed.counts)}"
    if not listed.total:
        said = f"run {found.run_id} of {found.recipe} ({found.status}): no tasks are known"
    if listed.matching is not None and listed.matching != listed.total:
        said += f"; {listed.matching:,} {'fits' if listed.matching == 1 else 'fit'}"
    longest = listed.longest
    if longest is not None and longest.ran is not None and (listed.matching or 0) > 1:
        where = f" on {node_text(longest.record.node_id, most)}" if longest.record.node_id else ""
        said += f"; longest {short_duration(longest.ran)} ({longest.record.task_id}{where})"
    lines = [said]
    if listed.matching is None or listed.matching > len(listed.rows):
        lines.append(f"the first {len(listed.rows):,} are shown; all: --limit 0")
    if listed.from_record:
        at = f", as they were {age(now - listed.recorded_at)} ago" if listed.recorded_at is not None else ""
        which = "tasks of jobs that have ended or are gone" if listed.from_service else "all tasks"
        lines.append(f"{which} come from the record of the run{at}")
    if listed.unknown:
        lines.append(f"not submitted, or gone before they were recorded: tasks of job {', '.join(listed.unknown)}")
    return lines


_FILES = (
    Column(header="TASK", rank=0, gives_way=True),
    Column(header="SIZE", rank=1, right=True),
    Column(header="FILE", rank=0, gives_way=True),
)


def files_text(found: Sequence[FilesOfTask], *, most: int | None) -> str:
    """The files of tasks, and which of them are gone with their nodes or not known."""
    rows = [(each.task, size_text(size), name) for each in found for name, size in each.files.items()]
    lines = Table(_FILES, rows).lines(most) if rows else []
    for each in found:
        if each.from_record:
            more = f", and {each.more:,} more" if each.more else ""
            lines.append(f"task {each.task}: its files are gone; these were recorded{more}")
        elif each.why_none:
            lines.append(f"task {each.task}: no files are known: {each.why_none}")
    return "\n".join(map(one_line, lines)) or "no files"


def counts_text(counts: dict[str, int] | Any) -> str:
    """`2,990 succeeded, 10 failed`: how many tasks have each state."""
    order = ("succeeded", "failed", *(state for state in TASK_STATES if state not in {"succeeded", "failed"}))
    return ", ".join(f"{counts[state]:,} {state}" for state in order if counts.get(state))


def task_values(row: TaskRow) -> dict[str, Any]:
    """A task as JSON values: times in ISO 8601, durations in seconds."""
    record = row.record
    values = (
        *(record.task_id, record.job, record.job_id, record.template, record.item, row.state),
        *(record.cause, record.code, record.exit_code, row.tries, record.node_id, record.pool_id),
        *(_iso(record.created), _iso(record.began), _iso(record.ended), _seconds(row.waited), _seconds(row.ran)),
    )
    return dict(zip(_FIELDS, values, strict=True))


def tasks_json(found: RunTaskList) -> dict[str, Any]:
    """The tasks as one JSON document's body."""
    listed = found.tasks
    return {
        "run": found.run_id,
        "recipe": found.recipe,
        "status": found.status,
        "at": _iso(found.at),
        "recorded_at": _iso(listed.recorded_at),
        "from": [name for name, used in (("service", listed.from_service), ("record", listed.from_record)) if used],
        "counts": dict(listed.counts),
        "matching": listed.matching,
        "unknown_jobs": list(listed.unknown),
        "tasks": [task_values(row) for row in listed.rows],
    }


def task_rows_csv(rows: Sequence[TaskRow], *, separator: str) -> str:
    """Tasks as CSV or TSV: a header, times in ISO 8601, durations in seconds."""
    return csv_text(_FIELDS, (list(task_values(row).values()) for row in rows), separator=separator)


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="milliseconds")


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else round(time.total_seconds(), 3)
