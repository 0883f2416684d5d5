"""Results on stdout: text for a person, or one JSON document; and the exit code of a run."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

from recipebatch.cli.process import print_text, print_value
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.cost import RunCost
    from recipebatch.errors import Problem
    from recipebatch.execution import PurgedRun
    from recipebatch.report import PhaseReport, RunReport


class Format(StrEnum):
    """The format in which problems of files are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class Output:
    """The report of one command on one run: lines when each phase ends, or one JSON document at the end."""

    def __init__(self, kind: str, *, json: bool) -> None:
        self._kind = kind
        self._json = json

    def add(self, report: PhaseReport) -> None:
        """A phase has ended."""
        from recipebatch.cli.render.run import phase_text

        if not self._json:
            print_text(phase_text(report))

    def finish(self, report: RunReport) -> None:
        """The command has ended: print the document, and exit with the verdict's code.

        Raises:
            typer.Exit: a task failed.
        """
        from recipebatch.report import run_report

        if self._json:
            print_value(run_report(self._kind, report))
        elif report.run_id is None:
            print_text(f"nothing to {self._kind}: this recipe has no run in this account")
        elif report.earlier:
            print_text("\n".join(map(one_line, report.earlier)))
        if report.exit_code:
            raise typer.Exit(report.exit_code)


def print_json(kind: str, body: dict[str, Any]) -> None:
    """One versioned document on stdout."""
    from recipebatch.report import document

    print_value(document(kind, body))


def print_sarif(problems: Sequence[Problem]) -> None:
    """Problems on stdout for code review."""
    from recipebatch.report import sarif

    print_value(sarif(problems))


def purged(result: PurgedRun) -> dict[str, Any]:
    """What came of the purge of one run of several; `error` is null if it did not fail."""
    from recipebatch.report import error_report, phase_report

    return {
        "run": result.run.run_id,
        "held": None if result.run.holds is None else asdict(result.run.holds),
        "report": None if result.report is None else phase_report(result.report),
        "error": None if result.error is None else error_report(result.error)["error"],
    }


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON values."""
    return asdict(value)


def cost_of(cost: RunCost | None) -> dict[str, Any]:
    """The cost of a run as a JSON value."""
    return {"cost": None if cost is None else cost.to_json()}
