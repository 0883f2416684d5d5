"""Reports in their JSON form, version 1: the same names as in `report.model`, nothing a person typed in between."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recipebatch.errors import RecipeBatchError
    from recipebatch.report.model import PhaseReport, RunReport

JSON_VERSION = 1


def document(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """What every `--json` answer looks like: version, kind, then the body."""
    return {"version": JSON_VERSION, "kind": kind, **body}


def run_report(kind: str, report: RunReport) -> dict[str, Any]:
    """The report of a command that worked on a run."""
    return document(
        kind,
        {
            "run": report.run_id,
            "recipe": report.recipe,
            "account": report.account,
            "verdict": report.verdict.value,
            "exit_code": report.exit_code,
            "phases": [phase_report(phase) for phase in report.phases],
            "earlier": list(report.earlier),
        },
    )


def phase_report(report: PhaseReport) -> dict[str, Any]:
    """One phase; `totals` is null for phases that look at no task."""
    body = asdict(report)
    body["verdict"] = report.verdict.value
    return body


def error_report(error: RecipeBatchError) -> dict[str, Any]:
    """An error as a script reads it; `problems` lists all that is wrong with a recipe."""
    position = None if error.at is None else asdict(error.at)
    body: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "at": position,
        "exit_code": error.exit_code,
        "notes": list(getattr(error, "__notes__", ())),
    }
    problems = getattr(error, "problems", None)
    if problems is not None:
        body["problems"] = [asdict(problem) for problem in problems]
    return document("error", {"error": body, "exit_code": error.exit_code})
