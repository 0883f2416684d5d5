"""The data of a report as JSON: the names of `pages.model`, times in ISO 8601. Pure."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from recipebatch.pages.numbers import moment_iso

if TYPE_CHECKING:
    from recipebatch.pages.model import ReportTask, RunReportData

_TIMES = frozenset(
    {"created", "began", "ended", "moved", "allocated", "start_began", "start_ended", "gone", "last_seen", "seen_at"}
)


def report_as_json(data: RunReportData) -> dict[str, Any]:
    """All of it; a task is a mapping of its fields."""
    body = asdict(replace(data, cost=None))
    body["cost"] = None if data.cost is None else data.cost.to_json()
    body["tasks"] = [_task(task) for task in data.tasks]
    for template, found in zip(data.templates, body["templates"], strict=True):
        found["slowest"] = [_task(task) for task in template.slowest]
        found["bins"] = [{"at_least": bound, "count": count} for bound, count in template.bins]
    times: dict[str, Any] = _timed(body)
    times["span"] = None if data.span is None else [moment_iso(moment) for moment in data.span]
    times["peak"] = None if data.peak is None else {"tasks": data.peak[0], "at": moment_iso(data.peak[1])}
    return times


def _task(task: ReportTask) -> dict[str, Any]:
    return task._asdict() | {"state": task.state.value, "waited_seconds": task.waited, "ran_seconds": task.seconds}


def _timed(value: Any) -> Any:
    """The same with its moments as text."""
    if isinstance(value, dict):
        return {
            str(name): moment_iso(each) if name in _TIMES and isinstance(each, float) else _timed(each)
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_timed(each) for each in value]
    return value
