"""What is done with a run beside its phases: stop it with its results, pause it, and let it go on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.execution.active_run import nothing_to_stop, pause_jobs, scale_run, stop_jobs, stop_tasks, unpause_jobs
from recipebatch.execution.apply import apply
from recipebatch.execution.recipe_runs import Work
from recipebatch.execution.resources.leftovers import purge_command, remaining
from recipebatch.phases import COLLECT, PAUSE, PURGE, SCALE, STOP, SUBMIT, UNPAUSE
from recipebatch.report import PhaseReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.execution.recipe_runs.work import Action
    from recipebatch.phases import PhaseOptions
    from recipebatch.report import Progress


def stop_work(tasks: Sequence[str] = ()) -> Work:
    """End a run's jobs, collect, and purge as the recipe says; or only some of its tasks, while the run goes on."""
    if tasks:
        # The command that works on the run sees them end, as any other task.
        return Work(command=STOP, action=measured(partial(_stop_tasks, tuple(tasks))), changes_run=False)
    return Work(command=STOP, action=measured(_stop))


def pause_work() -> Work:
    """Have no task of a run start until it is unpaused."""
    return Work(command=PAUSE, action=measured(_pause))


def unpause_work() -> Work:
    """Let the tasks of a paused run start again."""
    return Work(command=UNPAUSE, action=measured(_unpause))


def scale_work(*, nodes: int | None, spot: int | None, pool: str | None) -> Work:
    """Give a pool of a run another number of nodes, also while another command works on the run."""
    action = measured(partial(_scale, nodes=nodes, spot=spot, pool=pool))
    return Work(command=SCALE, action=action, changes_run=False, answers_for_tasks=False)


def measured(action: Action) -> Action:
    """The action, whose reports say how long each took; the phases among them have measured themselves."""

    def timed(run: ActiveRun, options: PhaseOptions, progress: Progress) -> Iterator[PhaseReport]:
        clock = run.context.clock
        started = clock.monotonic()
        for report in action(run, options, progress):
            yield report if report.seconds else replace(report, seconds=round(clock.monotonic() - started, 3))
            started = clock.monotonic()

    return timed


def _stop(run: ActiveRun, options: PhaseOptions, progress: Progress) -> Iterator[PhaseReport]:
    if reason := nothing_to_stop(run.record):
        progress.say(f"run {run.record.run_id}: nothing to stop: {reason}")
        return
    yield from stop_jobs(run, options)
    if run.by_labels:
        # What it collects, and what it keeps, its recipe says, which cannot be read any more.
        notes = (*run.scale_idle_pools(ended=True, name_purge=False), remaining(run), purge_command(run))
        yield PhaseReport(phase=PURGE.name, summary="without a plan nothing is collected or deleted", notes=notes)
        return
    # Without a submitted task there is nothing to collect.
    phases = (COLLECT, PURGE) if run.journal.has_begun(SUBMIT) else (PURGE,)
    yield from apply(run, phases, options=options, progress=progress)


def _stop_tasks(
    tasks: Sequence[str], run: ActiveRun, options: PhaseOptions, _progress: Progress
) -> Iterator[PhaseReport]:
    yield stop_tasks(run, tasks, options)


def _pause(run: ActiveRun, _options: PhaseOptions, _progress: Progress) -> Iterator[PhaseReport]:
    yield pause_jobs(run)


def _scale(
    run: ActiveRun,
    _options: PhaseOptions,
    _progress: Progress,
    *,
    nodes: int | None,
    spot: int | None,
    pool: str | None,
) -> Iterator[PhaseReport]:
    yield scale_run(run, nodes=nodes, spot=spot, pool=pool)


def _unpause(run: ActiveRun, _options: PhaseOptions, _progress: Progress) -> Iterator[PhaseReport]:
    yield unpause_jobs(run)
