"""purge RECIPE --all: purge all runs of a recipe by this owner, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import ExitCode, RecipeBatchError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgedRun:
    """What came of the purge of one run.

    Attributes:
        report: None if it failed.
        error: why it failed; None if it did not.
    """

    run: RunSummary
    report: PhaseReport | None = None
    error: RecipeBatchError | None = None


def purge_runs(
    runs: Sequence[RunSummary], purge: Callable[[str], PhaseReport], on_run: Callable[[PurgedRun], None]
) -> tuple[PurgedRun, ...]:
    """Purge runs one after the other; one that fails does not keep the others.

    Args:
        runs: those to purge; whether they are meant was asked before.
        purge: purges the run of an id.
        on_run: is given the result of each run.

    Raises:
        UnreachableError: a service did not respond; the others would not be purged either.
    """
    done: list[PurgedRun] = []
    for run in runs:
        try:
            result = PurgedRun(run=run, report=purge(run.run_id))
        except UnreachableError:
            raise
        except RecipeBatchError as error:
            result = PurgedRun(run=run, error=error)
        done.append(result)
        on_run(result)
    return tuple(done)


def exit_code_of(results: Sequence[PurgedRun]) -> int:
    """That of the first run that could not be purged; 0 if all could. Pure."""
    return next((result.error.exit_code for result in results if result.error is not None), ExitCode.DONE)
