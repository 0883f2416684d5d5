"""apply: the phases in order, from where the run stands; the recipe decides what is deleted at the end."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from recipebatch.errors import (
    InvalidRecipeError,
    RecipeBatchError,
    ServiceError,
    UnreachableError,
    WaitTimeoutError,
)
from recipebatch.execution.active_run import follow_run
from recipebatch.execution.resources.leftovers import purge_command, remaining, retry_command
from recipebatch.phases import COLLECT, PURGE, STAGE, SUBMIT, WATCH
from recipebatch.plan.model import PurgeWhen
from recipebatch.report import PhaseReport, Verdict
from recipebatch.runs import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.phases import Phase, PhaseOptions
    from recipebatch.report import Progress


class AtTheEnd(StrEnum):
    """What happens to a run's resources at its end."""

    DELETE = "delete"
    KEEP = "keep"
    ASK = "ask"


def purge_decision(when: PurgeWhen, verdict: Verdict) -> AtTheEnd:
    """What the recipe's `purge` means for a run of that verdict. Pure."""
    if when is PurgeWhen.ALWAYS or (when is PurgeWhen.ON_SUCCESS and verdict is Verdict.SUCCEEDED):
        return AtTheEnd.DELETE
    return AtTheEnd.ASK if when is PurgeWhen.ASK else AtTheEnd.KEEP


def apply(
    run: ActiveRun, phases: Sequence[Phase], *, options: PhaseOptions, progress: Progress
) -> Iterator[PhaseReport]:
    """Run the phases and yield their reports as they end; phases that are done are skipped.

    Raises:
        RecipeBatchError: of the phase that failed; with `purge: always` what the run made is deleted first.
    """
    yield from _phases(run, phases, options=options, progress=progress)
    if PURGE not in phases and {WATCH, COLLECT} & set(phases) and not run.journal.has_begun(PURGE):
        for note in run.scale_idle_pools():
            progress.say(note)


def _phases(
    run: ActiveRun, phases: Sequence[Phase], *, options: PhaseOptions, progress: Progress
) -> Iterator[PhaseReport]:
    # What a purge has started to delete cannot be watched or collected any more; that was done before it started.
    purging = run.journal.has_begun(PURGE)
    # Whatever the recipe says: what is half deleted is of no use.
    half_purged = purging and not run.journal.is_done(PURGE)
    lacks_outputs = False
    for phase in phases:
        if purging and phase is not PURGE:
            progress.say(f"{phase}: {_before_purge(run, phase)}")
            continue
        if phase.once and run.journal.is_done(phase):
            progress.say(f"{phase}: already done ({run.record.phases[phase.name].summary})")
            # Inputs that no task needs any more are not looked at, nor the local files they came from.
            if phase is STAGE and not run.journal.is_done(WATCH) and (again := run.restage()) is not None:
                yield again
            continue
        try:
            if phase is WATCH and SUBMIT in phases:
                yield from follow_run(run, options)
            elif phase is PURGE and not half_purged and purge_decision(run.plan.purge, run.verdict) is AtTheEnd.KEEP:
                yield _keep(run, f"purge: {run.plan.purge.value}")
            elif phase is PURGE and not options.force and (lacks_outputs or run.missing_outputs() is not None):
                # What was never there, or is lost, was not collected: what may still hold it is not deleted.
                yield _keep(run, "outputs are missing")
            else:
                report = phase.run(run, options)
                lacks_outputs = lacks_outputs or bool(report.missing_outputs)
                yield report
        except (ServiceError, WaitTimeoutError, InvalidRecipeError) as error:
            # A later job is submitted, and its pool made, while others are watched.
            submitting = phase is WATCH and run.record.state_of(SUBMIT.name) == FAILED
            if (phase.incurs_charges or submitting) and PURGE in phases:
                _after_failure(run, error, options, progress)
            raise


def _before_purge(run: ActiveRun, phase: Phase) -> str:
    """How far a phase came before the purge started."""
    if run.journal.is_done(phase):
        return "done before the purge started"
    return (
        "not completed before the purge started" if run.journal.has_begun(phase) else "not run: the purge has started"
    )


def _keep(run: ActiveRun, reason: str) -> PhaseReport:
    if run.journal.is_done(PURGE):
        run.end()
        return PhaseReport(phase=PURGE.name, summary="nothing to keep: the run was purged")
    # First: a run that has ended is not continued, and its nodes would be left to their expiry.
    idle = run.scale_idle_pools()
    run.end()
    retry = (
        (f"retry the failed tasks: {retry_command(run)}",) if run.verdict in {Verdict.FAILED, Verdict.STOPPED} else ()
    )
    notes = (*idle, remaining(run), *retry, purge_command(run))
    return PhaseReport(phase=PURGE.name, summary=f"all resources are kept ({reason})", notes=notes)


def _after_failure(run: ActiveRun, error: RecipeBatchError, options: PhaseOptions, progress: Progress) -> None:
    """Delete what a failed phase left and the recipe wants deleted, as it keeps incurring charges."""
    if run.plan.purge is not PurgeWhen.ALWAYS or isinstance(error, UnreachableError):
        return
    if run.journal.has_begun(WATCH) and (lost := run.uncollected()):
        # A retry, or a run that is continued: tasks have ended before, and what they wrote is not collected.
        progress.say(f"{error.code}: nothing is deleted: {lost}")
        return
    progress.say(f"{error.code}: deleting the run's resources (purge: always)")
    try:
        # The few tasks that ran before the failure have no outputs worth the charges.
        report = run.purge(replace(options, force=True))
    except RecipeBatchError as second:
        progress.say(f"could not delete them: {second.message}")
        return
    progress.say(f"{PURGE}: {report.summary}")
