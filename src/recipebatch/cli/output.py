"""Results on stdout: text for a person, or one JSON document; and the exit code of a run."""

from __future__ import annotations

import json as json_text
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunRecord


class Output:
    """The report of one command on one run: lines as the phases end, or all as JSON when the command does."""

    def __init__(self, kind: str, account: str, record: RunRecord, *, json: bool) -> None:
        self._kind = kind
        self._account = account
        self._record = record
        self._json = json
        self._phases: list[PhaseReport] = []

    def add(self, report: PhaseReport) -> None:
        """A phase has ended."""
        from recipebatch.cli import render

        self._phases.append(report)
        if not self._json:
            typer.echo(render.phase(report))

    def finish(self, recorded: str = "unknown") -> None:
        """The command has ended: print the document, and exit with the verdict's code.

        Args:
            recorded: the run's verdict by its record, for a command that answers for the whole run.

        Raises:
            typer.Exit: a task failed.
        """
        from recipebatch.report import RunReport, Verdict
        from recipebatch.report.as_json import run_report

        report = RunReport(
            run_id=self._record.run_id,
            recipe=self._record.recipe_name,
            account=self._account,
            phases=tuple(self._phases),
            recorded=Verdict(recorded),
        )
        if self._json:
            typer.echo(json_text.dumps(run_report(self._kind, report), indent=1))
        if report.exit_code:
            raise typer.Exit(report.exit_code)


def print_json(kind: str, body: dict[str, Any]) -> None:
    """One versioned document on stdout."""
    from recipebatch.report.as_json import document

    typer.echo(json_text.dumps(document(kind, body), indent=1, default=str))


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON values."""
    return asdict(value)
