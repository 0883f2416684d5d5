"""FailureLog: the failed tasks of a run are kept with its record when they are seen, before anything is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError
from recipebatch.phases import PROVISION, PURGE, SUBMIT, WATCH, failed_now, failed_on_nodes
from recipebatch.properties.purge import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recipebatch.execution.active_run.journal import RunJournal
    from recipebatch.phases import Phase, PhaseContext
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import FailedTask, PhaseReport
    from recipebatch.runs import RunFailures


class FailureLog:
    """The failed tasks of one run.

    Args:
        journal: of the run.
        left_out: reads the run's secrets, so that they can be taken out of what tasks wrote; why that must not be kept
            where they cannot be read, else nothing.
    """

    def __init__(self, journal: RunJournal, left_out: Callable[[], str]) -> None:
        self._journal = journal
        self._read_secrets = left_out
        self._left_out: str | None = None

    def prepared(self) -> Callable[[Sequence[FailedTask]], None]:
        """`seen`, once the run's secrets are known: they are taken out of what tasks wrote while that is read."""
        if self._left_out is None:
            self._left_out = self._read_secrets()
        return self.seen

    def seen(self, tasks: Sequence[FailedTask]) -> None:
        """Keep tasks that were seen to have failed."""
        self._change(lambda kept: kept.with_seen(tasks, self._left_out or ""))

    def concluded(self, report: PhaseReport, jobs: Iterable[PlannedJob], context: PhaseContext) -> PhaseReport:
        """Keep what a watch of jobs to their end has seen."""
        ids = {str(job.id) for job in jobs if job.schedule is None}
        nodes = failed_on_nodes(context) if report.failed_tasks else []
        failed, left_out = report.failed_tasks, self._left_out or ""
        self._change(lambda kept: kept.with_seen([*failed, *nodes], left_out).concluded(failed, ids))
        return report

    def before_deletion(self, context: PhaseContext) -> None:
        """Keep what no command has watched to its end and is about to be deleted: as far as it can be seen now."""
        gone = self._journal.has_begun(PURGE) or Part.JOBS in self._journal.record.purged
        if gone or not self._journal.has_begun(SUBMIT) or self._journal.is_done(WATCH):
            return
        seen = self.prepared()
        try:
            seen([*failed_now(context), *failed_on_nodes(context)])
        except RecipeBatchError as error:
            # Whoever deletes a run wants to be rid of it, whatever else goes wrong.
            context.progress.say(f"failed tasks could not be recorded: {error.message}")

    def after_error(self, phase: Phase, context: PhaseContext) -> None:
        """Keep why nodes did not get ready, where a phase failed over it."""
        if phase not in {PROVISION, WATCH}:
            return
        seen = self.prepared()
        try:
            seen(failed_on_nodes(context))
        except RecipeBatchError:
            return  # the error of the phase is the one to report

    def _change(self, change: Callable[[RunFailures], RunFailures]) -> None:
        self._journal.update_failures(change)
