"""apply: the phases in order, from where the run stands; the recipe decides what is deleted at the end."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from recipebatch.errors import (
    CostLimitError,
    InvalidRecipeError,
    RecipeBatchError,
    RunPausedError,
    RunStoppedError,
    ServiceError,
    UnreachableError,
    WaitTimeoutError,
)
from recipebatch.execution.active_run import follow_run, stop_jobs
from recipebatch.execution.resources.leftovers import purge_command, remaining, retry_command
from recipebatch.phases import COLLECT, PROVISION, PURGE, STAGE, SUBMIT, WATCH
from recipebatch.properties.purge import EVERYTHING, Part, PurgeWhen, in_order
from recipebatch.report import PhaseReport, Verdict
from recipebatch.runs import FAILED, RunLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.phases import Phase, PhaseOptions
    from recipebatch.properties.purge import PurgeRule
    from recipebatch.report import Progress


_INTERRUPTS = (UnreachableError, RunLockedError, RunPausedError, RunStoppedError)
"""Errors after which another command works on the run, or the service is not there."""


class AtTheEnd(StrEnum):
    """What happens to a run's resources at its end."""

    DELETE = "delete"
    KEEP = "keep"
    ASK = "ask"


def purge_decisions(rule: PurgeRule, verdict: Verdict) -> tuple[frozenset[Part], frozenset[Part]]:
    """The parts to delete at the end of a run, perhaps after a question, and those to keep. Pure."""
    keep = frozenset(part for part in Part if purge_decision(rule.when(part), verdict) is AtTheEnd.KEEP)
    return EVERYTHING - keep, keep


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
    try:
        yield from _phases(run, phases, options=options, progress=progress)
    except CostLimitError as error:
        progress.say(f"{error.message}: stopping the run with its results")
        yield from stop_jobs(run, options, by=error.by)
        left = [COLLECT] if COLLECT in phases and run.journal.has_begun(SUBMIT) else []
        left += [PURGE] if PURGE in phases else []
        yield from apply(run, left, options=options, progress=progress)
        return
    if PURGE not in phases and {WATCH, COLLECT} & set(phases) and not run.journal.has_begun(PURGE):
        for note in run.scale_idle_pools():
            progress.say(note)


def _phases(
    run: ActiveRun, phases: Sequence[Phase], *, options: PhaseOptions, progress: Progress
) -> Iterator[PhaseReport]:
    lacks_outputs = False
    for phase in phases:
        if said := passed_over(run, phase):
            progress.say(f"{phase}: {said}")
            # Inputs that no task needs any more are not looked at, nor the local files they came from.
            if phase is STAGE and not is_purged_for(run, phase) and not run.journal.is_done(WATCH):
                yield from filter(None, [run.restage()])
            continue
        try:
            if phase is WATCH and SUBMIT in phases:
                yield from follow_run(run, options)
            elif phase is PURGE:
                yield _purge(run, options, lacks_outputs=lacks_outputs)
            else:
                report = phase.run(run, options)
                lacks_outputs = lacks_outputs or bool(report.missing_outputs)
                yield report
        except RecipeBatchError as error:
            # A later job is submitted, and its pool made, while others are watched.
            submitting = phase is WATCH and run.record.state_of(SUBMIT.name) == FAILED
            failed = isinstance(error, (ServiceError, WaitTimeoutError, InvalidRecipeError))
            if failed and (phase.incurs_charges or submitting) and PURGE in phases:
                _after_failure(run, error, options, progress)
            if phase is COLLECT and not isinstance(error, _INTERRUPTS):
                # Its tasks have ended, and what is wrong may take a user days to correct.
                for note in run.scale_idle_pools():
                    progress.say(note)
            raise


def is_purged_for(run: ActiveRun, phase: Phase) -> bool:
    """Whether what a phase works on was purged, or is going to be: that cannot be done any more."""
    if phase is PURGE:
        return False
    needed = {Part.JOBS, Part.STORAGE} if phase.once else {Part.JOBS} if phase is WATCH else {Part.STORAGE}
    return run.journal.has_begun(PURGE) or bool(needed & set(run.record.purged))


def passed_over(run: ActiveRun, phase: Phase) -> str:
    """Why a phase is not run, as a sentence; empty if it is."""
    if is_purged_for(run, phase):
        if run.journal.is_done(phase):
            return "done before the purge started"
        begun = run.journal.has_begun(phase)
        return "not completed before the purge started" if begun else "not run: the purge has started"
    # A pool that was deleted after a failure is made again for tasks that have not ended.
    again = phase is PROVISION and Part.POOL in run.record.purged and not run.journal.is_done(WATCH)
    if phase.once and run.journal.is_done(phase) and not again:
        return f"already done ({run.record.phases[phase.name].summary})"
    return ""


def _purge(run: ActiveRun, options: PhaseOptions, *, lacks_outputs: bool) -> PhaseReport:
    """What the recipe says of the end of a run."""
    # Whatever the recipe says: what is half deleted is of no use.
    half_purged = run.journal.has_begun(PURGE) and not run.journal.is_done(PURGE)
    delete, keep = purge_decisions(run.plan.purge, run.verdict)
    if not half_purged and not delete:
        return _keep(run, f"purge: {run.plan.purge}")
    if not options.force and (lacks_outputs or run.missing_outputs() is not None):
        # What was never there, or is lost, was not collected: what may still hold it is not deleted.
        return _keep(run, "outputs are missing")
    if half_purged or not keep or run.journal.is_done(PURGE):
        report = PURGE.run(run, options)
        kept = any(step.action == "kept" for step in report.steps)
        return replace(report, notes=(*report.notes, *_retry_note(run))) if kept else report
    report = run.purge(options, parts=delete)
    run.end()
    notes = (*report.notes, remaining(run), *_retry_note(run), purge_command(run))
    summary = f"{report.summary}; {' and '.join(in_order(keep))} kept (purge: {run.plan.purge})"
    return replace(report, summary=summary, notes=notes)


def _keep(run: ActiveRun, reason: str) -> PhaseReport:
    if run.journal.is_done(PURGE):
        run.end()
        return PhaseReport(phase=PURGE.name, summary="nothing to keep: the run was purged")
    # First: a run that has ended is not continued, and its nodes would be left to their expiry.
    idle = run.scale_idle_pools(name_purge=False)
    run.end()
    notes = (*idle, remaining(run), *_retry_note(run), purge_command(run))
    return PhaseReport(phase=PURGE.name, summary=f"all resources are kept ({reason})", notes=notes)


def _retry_note(run: ActiveRun) -> tuple[str, ...]:
    """How the failed tasks of a run are retried, where they can be."""
    can_retry = not {Part.JOBS, Part.STORAGE} & set(run.record.purged) and not run.journal.has_begun(PURGE)
    # The jobs of a schedule have no second try: the next one comes by time.
    failed = run.verdict in {Verdict.FAILED, Verdict.STOPPED} and any(job.schedule is None for job in run.plan.jobs)
    return (f"retry the failed tasks: {retry_command(run)}",) if failed and can_retry else ()


def _after_failure(run: ActiveRun, error: RecipeBatchError, options: PhaseOptions, progress: Progress) -> None:
    """Delete what a failed phase left and the recipe wants deleted, as it keeps incurring charges."""
    parts = run.plan.purge.parts(PurgeWhen.ALWAYS)
    if not parts or isinstance(error, UnreachableError):
        return
    if run.journal.has_begun(WATCH) and (lost := run.uncollected(parts)):
        # A retry, or a run that is continued: tasks have ended before, and what they wrote is not collected.
        progress.say(f"the run failed ({error.code}); nothing is deleted: {lost}")
        return
    what = "resources" if parts == EVERYTHING else " and ".join(in_order(parts))
    progress.say(f"the run failed ({error.code}); deleting its {what} (purge: {run.plan.purge})")
    try:
        # The few tasks that ran before the failure have no outputs worth the charges.
        report = run.purge(replace(options, force=True), parts=parts)
    except RecipeBatchError as second:
        progress.say(f"could not delete them: {second.message}")
        return
    progress.say(f"{PURGE}: {report.summary}")
