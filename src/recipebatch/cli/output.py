"""Results on stdout: text for a person, or one JSON document; and the exit code of a run."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from recipebatch.cli.process import print_problems, print_text, print_value
from recipebatch.cli.verbosity import verbosity
from recipebatch.report import Verdict
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

        if not (self._json or verbosity.quiet):
            print_problems(phase_text(report), partial(_coloured, failed=report.verdict is Verdict.FAILED))

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
        elif verbosity.quiet:
            print_text(verdict_text(report))
        elif report.earlier:
            print_text("\n".join(map(one_line, report.earlier)))
        if report.exit_code:
            raise typer.Exit(report.exit_code)


def _coloured(text: str, *, failed: bool) -> str:
    """A report of a phase with its name in colour: green, or red where tasks have failed."""
    name, colon, rest = text.partition(":")
    return f"\x1b[1;{31 if failed else 32}m{name}\x1b[0m{colon}{rest}"


def verdict_text(report: RunReport) -> str:
    """`succeeded: 3,000 of 3,000 tasks succeeded (run …)`; of a command that saw no task end, what it did last."""
    seen = [phase for phase in report.phases if phase.verdict is report.verdict] or list(report.phases)
    if report.verdict is not Verdict.UNKNOWN:
        head = str(report.verdict)
    else:
        head = seen[-1].phase if seen else "nothing was left to do"
    return one_line(f"{head}{f': {seen[-1].summary}' if seen else ''} (run {report.run_id})")


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
