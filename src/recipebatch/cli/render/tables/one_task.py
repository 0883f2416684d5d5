"""One task of a run, on a page and as values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recipebatch.cli.render.tables.table import Column, Table
from recipebatch.cli.render.tables.tasks import node_text, task_values
from recipebatch.report import Verdict
from recipebatch.text.sizes import size_text
from recipebatch.text.terminal import one_line
from recipebatch.vocabulary.causes import Cause, exit_code_text
from recipebatch.vocabulary.durations import age, short_duration, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from recipebatch.api import RunTask
    from recipebatch.execution import FileOfTask, TaskDetails, TaskRow

_TRIES = (
    Column(header="JOB", rank=4, gives_way=True),
    Column(header="STATE", rank=0),
    Column(header="CAUSE", rank=3),
    Column(header="EXIT", rank=1, right=True),
    Column(header="STARTED", rank=5, right=True),
    Column(header="NODE", rank=2, gives_way=True, is_text=True),
    Column(header="BEGAN (UTC)", rank=6),
    Column(header="RAN", rank=1, right=True),
)
_NO_LIMIT_DAYS = 36_500
_NAMED = 10


def task_text(found: RunTask, *, most: int | None) -> str:
    """The page.

    Args:
        found: the task.
        most: the width of the terminal; None is as wide as it gets.
    """
    lines = [*_head(found), *_command(found.task), *_tries(found.task, most), *_files(found.task), *_end(found)]
    return "\n".join(map(one_line, lines))


def _head(found: RunTask) -> Iterator[str]:
    details = found.task
    record = details.row.record
    item = f" ({record.item})" if record.item else ""
    yield f"task {record.task_id}{item}: {_standing(details.row)}"
    template = f"template {record.template}, " if record.template else ""
    yield f"  {template}job {record.job_id}"
    source = (
        f"the run's record, as it was {age(found.at - details.row.seen)} ago" if details.from_record else "the service"
    )
    yield f"  run {found.run_id} of {found.recipe} ({found.status}); from {source}"
    if record.node_id:
        yield f"  node {record.node_id}"
    if record.pool_id:
        yield f"  pool {record.pool_id}"
    times = (("added", record.created), ("began", record.began), ("ended", record.ended))
    told = [f"{name} {_moment(time)}" for name, time in times if time is not None]
    if told:
        yield "  " + ", ".join(told) + " UTC"
    spans = (("waited", details.row.waited), ("ran", details.row.ran))
    if told := [f"{name} {short_duration(time)}" for name, time in spans if time is not None]:
        yield "  " + ", ".join([*told, _counted(details.row.tries, "start", "starts")])


def _standing(row: TaskRow) -> str:
    record = row.record
    parts = [row.state]
    parts += [record.cause.replace("_", " ")] if record.cause not in {"", row.state, Cause.EXIT_CODE} else []
    parts += [exit_code_text(record.exit_code)] if record.exit_code is not None else []
    return ", ".join(parts)


def _command(details: TaskDetails) -> Iterator[str]:
    if not details.commands:
        yield "its command and files are not known: the recipe does not name this task"
        return
    yield "command:"
    yield from (f"    {line}" for line in details.commands)
    if details.environment:
        yield "environment:"
        yield from (f"    {name}={value}" for name, value in details.environment)
    limit = details.limit
    parts = [f"{span(limit)} a try" if limit is not None and limit.days < _NO_LIMIT_DAYS else "no time limit"]
    if details.retries is not None:
        parts.append("tries without limit" if details.retries < 0 else _counted(details.retries + 1, "try", "tries"))
    parts += [_counted(details.slots, "slot", "slots")] if details.slots is not None else []
    parts += [f"on {details.instances} nodes at once"] if details.instances > 1 else []
    parts += [f"as {details.user}"] if details.user else []
    parts += [f"in the container image {details.container_image}"] if details.container_image else []
    yield "limits: " + ", ".join(parts)
    if details.depends_on:
        names = ", ".join(details.depends_on[:_NAMED])
        more = len(details.depends_on) - _NAMED
        yield f"depends on: {names}" + (f" and {more:,} more" if more > 0 else "")


def _tries(details: TaskDetails, most: int | None) -> Iterator[str]:
    tries = details.tries
    if len(tries) < 2 and not tries[-1].record.earlier:  # noqa: PLR2004 - one is shown above
        return
    yield "tries:" if len(tries) > 1 else f"it was started {_counted(tries[-1].record.earlier, 'time', 'times')} before"
    if len(tries) > 1:
        table = Table(_TRIES, (_try(row, most) for row in tries))
        yield from (f"    {line}" for line in table.lines(None if most is None else most - 4))


def _try(row: TaskRow, most: int | None) -> tuple[str, ...]:
    record = row.record
    return (
        record.job_id,
        row.state,
        "" if record.cause == row.state else record.cause,
        "" if record.exit_code is None else str(record.exit_code),
        str(row.tries),
        node_text(record.node_id or "", most),
        "" if record.began is None else _moment(record.began),
        "" if row.ran is None else short_duration(row.ran),
    )


def _files(details: TaskDetails) -> Iterator[str]:
    if details.inputs:
        yield "files that come to the node:"
        for file in details.inputs:
            yield from _file(file, f"{file.name} from {file.place}", "no such blob")
    if details.outputs:
        ran = details.row.record.ended is not None
        yield "outputs:"
        for file in details.outputs:
            when = f" {file.when}" if file.when else ""
            yield from _file(file, f"{file.name} to {file.place}{when}", "not there" if ran else "not there yet")


def _file(file: FileOfTask, what: str, nothing: str) -> Iterator[str]:
    if not file.seen:
        yield f"    {what}"
        return
    if len(file.blobs) == 1 and not file.more:
        (size,) = file.blobs.values()
        yield f"    {what}: {size_text(size)}"
        return
    if not file.blobs:
        yield f"    {what}: {nothing}"
        return
    total = size_text(sum(file.blobs.values()))
    yield f"    {what}: {'at least ' if file.more else ''}{len(file.blobs):,} files, {total}"
    shown = list(file.blobs.items())[:_NAMED]
    yield from (f"      {name}: {size_text(size)}" for name, size in shown)
    if (rest := len(file.blobs) - len(shown)) > 0:
        yield f"      and {rest:,} more"


def _end(found: RunTask) -> Iterator[str]:
    details = found.task
    record = details.row.record
    if details.message or record.code:
        yield f"failure: {details.message or record.cause}" + (f" ({record.code})" if record.code else "")
    if details.stderr:
        yield "the end of what it wrote:"
        yield from (f"    | {line}" for line in details.stderr.rstrip("\n").split("\n"))
    if details.row.state == Verdict.FAILED or record.cause:
        yield f"why: recipebatch why {found.run_id} {record.task_id}"
    if record.began is not None:
        yield f"its output: recipebatch logs {found.run_option} --task {record.task_id}"


def task_json(found: RunTask) -> dict[str, Any]:
    """The task as one JSON document's body."""
    details = found.task
    return {
        "run": found.run_id,
        "recipe": found.recipe,
        "status": found.status,
        "at": found.at.isoformat(timespec="milliseconds"),
        "from": "record" if details.from_record else "service",
        "task": task_values(details.row),
        "tries": [task_values(row) for row in details.tries],
        "commands": list(details.commands),
        "environment": dict(details.environment),
        "limit_seconds": None if details.limit is None else details.limit.total_seconds(),
        "retries": details.retries,
        "slots": details.slots,
        "instances": details.instances,
        "user": details.user,
        "container_image": details.container_image,
        "depends_on": list(details.depends_on),
        "inputs": [asdict(file) for file in details.inputs],
        "outputs": [asdict(file) for file in details.outputs],
        "message": details.message,
        "stderr": details.stderr,
    }


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
