"""Events in their JSON form, version 1; `schemas/events.schema.json` describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recipebatch.report.events import (
    Amount,
    Cost,
    NodeCounts,
    Note,
    PhaseEnded,
    PhaseStarted,
    Request,
    RunEnded,
    RunOpened,
    StepDone,
    TaskCounts,
    TaskFailed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.errors import RecipeBatchError
    from recipebatch.report.events import Event
    from recipebatch.report.model import TaskTotals

EVENTS_VERSION = 1


def event_body(event: Event) -> dict[str, Any]:
    """What an event says, without its time: `event` is its kind."""
    kind, body = _BODIES[type(event)]
    return {"event": kind, **body(event)}


def error_body(error: RecipeBatchError) -> dict[str, Any]:
    """The event of a command that ends with an error."""
    return {
        "event": "error",
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "exit_code": int(error.exit_code),
    }


def _run_opened(event: RunOpened) -> dict[str, Any]:
    return {"run": event.run_id, "recipe": event.recipe, "account": event.account}


def _phase_ended(event: PhaseEnded) -> dict[str, Any]:
    report = event.report
    if report is None:
        return {"phase": event.phase, "done": False, "message": event.message}
    return {
        "phase": event.phase,
        "done": True,
        "summary": report.summary,
        "seconds": report.seconds,
        "verdict": report.verdict.value,
        "totals": None if report.totals is None else _totals(report.totals),
        "notes": list(report.notes),
        "missing_outputs": list(report.missing_outputs),
    }


def _step(event: StepDone) -> dict[str, Any]:
    return {"phase": event.phase, **asdict(event.step)}


def _nodes(event: NodeCounts) -> dict[str, Any]:
    node, line = event.start_task
    return {
        "pool": event.pool_id,
        "target": event.target,
        "ready": event.ready,
        "states": dict(event.states),
        "start_task": {"node": node, "line": line} if node else None,
        "ended": event.ended,
    }


def _tasks(event: TaskCounts) -> dict[str, Any]:
    templates = [
        {"name": each.name, "planned": each.planned, "totals": _totals(each.totals), "age": each.age}
        for each in event.templates
    ]
    return {
        "job": event.job,
        "job_id": event.job_id,
        "planned": event.planned,
        "totals": _totals(event.totals),
        "templates": templates,
    }


def _totals(totals: TaskTotals) -> dict[str, int]:
    return asdict(totals)


def _failed(event: TaskFailed) -> dict[str, Any]:
    return {"template": event.template or None, **asdict(event.failure)}


def _run_ended(event: RunEnded) -> dict[str, Any]:
    report = event.report
    return {
        "run": report.run_id,
        "recipe": report.recipe,
        "verdict": report.verdict.value,
        "exit_code": int(report.exit_code),
    }


_BODIES: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    RunOpened: ("run_opened", _run_opened),
    PhaseStarted: ("phase_started", asdict),
    PhaseEnded: ("phase_ended", _phase_ended),
    StepDone: ("step", _step),
    Amount: ("amount", asdict),
    NodeCounts: ("nodes", _nodes),
    TaskCounts: ("tasks", _tasks),
    TaskFailed: ("task_failed", _failed),
    Cost: ("cost", asdict),
    Note: ("note", asdict),
    Request: ("request", asdict),
    RunEnded: ("run_ended", _run_ended),
}
