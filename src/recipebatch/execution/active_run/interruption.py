"""A run that is stopped with its results, paused, or continued: what each does with the record and the jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.phases import (
    PAUSE,
    PURGE,
    STOP,
    SUBMIT,
    UNPAUSE,
    charged_nodes_text,
    disable_jobs,
    enable_jobs,
    terminate_jobs,
    terminate_tasks,
)
from recipebatch.report import Verdict
from recipebatch.runs import DONE, paused_error, run_option, stopped_error

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from recipebatch.execution.active_run.active_run import ActiveRun
    from recipebatch.phases import PhaseOptions
    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunRecord


def stop_jobs(run: ActiveRun, options: PhaseOptions, *, by: str = "") -> Iterator[PhaseReport]:
    """End the jobs of a run and see how their tasks ended; collect and purge must follow.

    Safe to repeat: what an interrupted call left is done by the next one.

    Args:
        run: to stop.
        options: of the command.
        by: what stops it, if not the user.
    """
    note = _note(run)
    _record(run, stopped=note | {"by": by or note["by"]}, paused={})
    yield terminate_jobs(run.renewed_context(), limit=options.timeout)
    if run.journal.has_begun(PURGE):
        return
    report = run.watch_stopped() if run.journal.has_begun(SUBMIT) else None
    if report is not None:
        yield report
    verdict = Verdict(run.record.verdict)
    if verdict is Verdict.UNKNOWN or (verdict is Verdict.SUCCEEDED and run.waiting):
        # Tasks that were never submitted have not done their work.
        run.journal.update(lambda record: replace(record, verdict=Verdict.STOPPED.value))


def nothing_to_stop(record: RunRecord) -> str:
    """Why there is nothing to stop; empty if there is something, such as a stop that was interrupted. Pure."""
    purge = record.state_of(PURGE.name)
    if purge == DONE:
        return "it was purged"
    if purge is not None and not record.stopped:
        return "its purge has started"
    return f"it has ended, verdict {record.verdict}" if record.ended else ""


def check_interrupted(record: RunRecord, command: str | None) -> None:
    """Check that a command may work on a run: one that is stopped or paused is not continued by the others. Pure.

    Raises:
        RunStoppedError, RunPausedError: it may not.
    """
    if record.ended or command in {None, PURGE.name, STOP}:
        return
    if record.stopped:
        raise stopped_error(record.run_id, record.stopped.get("by", "?"), record.account)
    if record.paused and command not in {PAUSE, UNPAUSE}:
        raise paused_error(record.run_id, record.paused.get("by", "?"), record.account)


def stop_tasks(run: ActiveRun, tasks: Collection[str], options: PhaseOptions) -> PhaseReport:
    """End some tasks of a run, which goes on; the run's record and other resources do not change.

    Raises:
        UsageError: the run has no such task, or it was purged.
    """
    if run.journal.has_begun(PURGE):
        raise UsageError(f"run {run.record.run_id} was purged: none of its tasks runs")
    return terminate_tasks(run.renewed_context(), tasks, limit=options.timeout)


def pause_jobs(run: ActiveRun) -> PhaseReport:
    """Have no task of a run start, and its running ones wait again, until it is unpaused.

    Raises:
        UsageError: the run has ended.
    """
    if run.record.ended or run.journal.has_begun(PURGE):
        raise UsageError(f"run {run.record.run_id} has ended: it cannot be paused")
    if not run.record.paused:
        _record(run, paused=_note(run))
    context = run.renewed_context()
    report = disable_jobs(context)
    notes = ["time limits of jobs and the expiry of pools do not wait"]
    for pool in run.plan.pools:
        seen = None if pool.auto else context.batch.get_pool(pool.id)
        if seen is not None and (count := seen.current_dedicated_nodes + seen.current_low_priority_nodes):
            notes.append(f"pool {pool.id} keeps {charged_nodes_text(count)}")
    notes.append(f"continue it: recipebatch {UNPAUSE} {run_option(run.record.run_id, run.record.account)}")
    return replace(report, notes=tuple(notes))


def unpause_jobs(run: ActiveRun) -> PhaseReport:
    """Let the tasks of a run start again.

    Raises:
        UsageError: the run has ended.
    """
    if run.record.ended or run.journal.has_begun(PURGE):
        raise UsageError(f"run {run.record.run_id} has ended: it is not paused")
    report = enable_jobs(run.renewed_context())
    if run.record.paused:
        _record(run, paused={})
    follow = f"follow it to its end: recipebatch runs resume {run.record.run_id}"
    return replace(report, notes=(follow,))


def _note(run: ActiveRun) -> dict[str, str]:
    return {"by": run.journal.user, "at": run.context.clock.now().isoformat(timespec="seconds")}


def _record(run: ActiveRun, *, stopped: dict[str, str] | None = None, paused: dict[str, str]) -> None:
    def changed(record: RunRecord) -> RunRecord:
        return replace(record, stopped=record.stopped or stopped or {}, paused=paused)

    run.journal.update(changed)
