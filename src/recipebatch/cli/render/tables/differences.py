"""The differences of two runs, as text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from recipebatch.cli.render import block
from recipebatch.text.name_lists import counted_names
from recipebatch.vocabulary.causes import Cause, exit_code_text
from recipebatch.vocabulary.durations import age, short_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.api import RunDifference
    from recipebatch.runs import ChangedTask, ChangedTemplate, TaskChanges

_NAMED = 10


def difference_text(found: RunDifference, now: datetime) -> str:
    """The differences of two runs, their tasks first.

    Args:
        found: the differences.
        now: the ages of the runs count to here.
    """
    lines = [*_runs(found, now), *_tasks(found.tasks)]
    lines += [f"{name}: {before} -> {after}" for name, (before, after) in found.outcome.items()]
    lines += [f"-p {name}: {before!r} -> {after!r}" for name, (before, after) in found.parameters.items()]
    for how, names in found.files.items():
        lines += [f"{how}: {name}" for name in names[:_NAMED]]
        lines += [f"{how}: and {len(names) - _NAMED:,} more files"] if len(names) > _NAMED else []
    if found.recipe:
        lines += found.recipe.rstrip("\n").split("\n")
    elif not found.is_none:
        lines.append("the recipe is the same")
    return block([*lines, *(["no difference"] if found.is_none else [])])


def _runs(found: RunDifference, now: datetime) -> Iterator[str]:
    for run, created, seconds, (succeeded, total) in zip(
        found.runs, found.created, found.tasks.seconds, found.tasks.counts, strict=True
    ):
        tasks = f", {succeeded:,} of {total:,} tasks succeeded" if total else ""
        took = f", {short_duration(timedelta(seconds=seconds))} from the first task to the last" if seconds else ""
        yield f"run {run}: {age(now - datetime.fromisoformat(created))} ago{tasks}{took}"


def _tasks(tasks: TaskChanges) -> Iterator[str]:
    if tasks.why_unknown:
        yield f"tasks are not compared: {tasks.why_unknown}"
        return
    if tasks.failed:
        yield f"{_counted(tasks.failed_total)} now and did not before:"
        yield from (f"  {_task(task)}" for task in tasks.failed[:_NAMED])
        yield from _more(tasks.failed_total)
    if tasks.mended:
        names = counted_names([task.task_id for task in tasks.mended], _NAMED)
        yield f"{_counted(tasks.mended_total, 'failed', 'failed')} before and not now: {names}"
    if tasks.still_failed:
        yield f"{_counted(tasks.still_failed)} in both"
    for count, where in ((tasks.added, "second"), (tasks.removed, "first")):
        if count:
            yield f"{_number(count)} only in the {where} run"
    yield from map(_template, tasks.templates)


def _more(total: int) -> Iterator[str]:
    if total > _NAMED:
        yield f"  and {total - _NAMED:,} more"


def _number(count: int) -> str:
    return f"{count:,} {'task' if count == 1 else 'tasks'}"


def _counted(count: int, one: str = "fails", many: str = "fail") -> str:
    return f"{_number(count)} {one if count == 1 else many}"


def _task(task: ChangedTask) -> str:
    item = f" ({task.item})" if task.item else ""
    why = [] if task.cause in {"", Cause.EXIT_CODE} else [task.cause.replace("_", " ")]
    why += [exit_code_text(task.exit_code)] if task.exit_code is not None else []
    return f"{task.task_id}{item}: {', '.join(why) or 'it did not end'}"


def _template(template: ChangedTemplate) -> str:
    before, after = template.medians
    change = f" ({(after / before - 1) * 100:+.0f} %)" if before > 0 else ""
    medians = f"{_time(before)} -> {_time(after)}{change}"
    longest = f"{_time(template.longest[0])} -> {_time(template.longest[1])} ({template.longest_task})"
    how = "slower" if template.is_slower else "faster"
    return f"{how}: {template.template or 'tasks'}, median of {_number(template.tasks)} {medians}, longest {longest}"


def _time(seconds: float) -> str:
    return short_duration(timedelta(seconds=seconds))
