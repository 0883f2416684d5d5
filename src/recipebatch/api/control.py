"""A run that is stopped with its results, scaled, paused, and continued, while or after another command works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.api.phases import select_run
from recipebatch.errors import UsageError
from recipebatch.vocabulary.limits import MAX_TARGET_NODES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.phases import PhaseOptions
    from recipebatch.report import PhaseReport, Progress, RunReport


def stop(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    tasks: Sequence[str] = (),
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: Callable[[PhaseReport], None] | None = None,
) -> RunReport:
    """Stop a run with its results: end its jobs, wait until they have, collect, and purge as the recipe says.

    A command that works on the run ends with `RunStoppedError`. Safe to repeat.

    Args:
        recipe: its newest unfinished run is used.
        run: the id of a run, instead of a recipe.
        tasks: end only these tasks, by their ids; the run goes on, and nothing is collected or purged.
        account: as in `Recipe.apply`, and `progress` and `on_phase` too.
        options: how outputs are collected and purged; `timeout` is how long to wait for the end of jobs and tasks.

    Returns:
        What was done; its verdict is `stopped` unless all tasks had ended before. Without phases if there is nothing
        to stop.

    Raises:
        UsageError: there is no such run or task.
        RecipeBatchError: a job did not end in time, or a phase failed.
    """
    work = execution.stop_work(tasks)
    return execution.run_phases(
        select_run(recipe, run), work, account=account, options=options, progress=progress, on_phase=on_phase
    )


def scale(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    nodes: int | None = None,
    spot: int | None = None,
    pool: str | None = None,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: Callable[[PhaseReport], None] | None = None,
) -> RunReport:
    """Give a pool of a run another number of nodes, also while another command works on the run.

    The number is kept in the run's record: a command that continues the run does not set it back. The nodes come and go
    afterwards; the report says what the service has at once.

    Args:
        recipe: its newest unfinished run is used.
        run: the id of a run, instead of a recipe.
        nodes: dedicated nodes; None leaves them as they are.
        spot: spot nodes; None leaves them as they are.
        pool: its id or its name in the recipe; None is the only one of the run.
        account: as in `Recipe.apply`, and `options`, `progress` and `on_phase` too.

    Raises:
        UsageError: there is no such run or pool, the pool is not the run's own, or a formula of the recipe scales it.
        RecipeBatchError: the service does not take the number.
    """
    if nodes is None and spot is None:
        raise UsageError("how many nodes is not said", hint="write --nodes, --spot, or both")
    for name, value in (("nodes", nodes), ("spot", spot)):
        if value is not None and not 0 <= value <= MAX_TARGET_NODES:
            raise UsageError(f"{name} must be from 0 to {MAX_TARGET_NODES:,}, not {value}")
    work = execution.scale_work(nodes=nodes, spot=spot, pool=pool)
    return execution.run_phases(
        select_run(recipe, run), work, account=account, options=options, progress=progress, on_phase=on_phase
    )


def pause(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: Callable[[PhaseReport], None] | None = None,
) -> RunReport:
    """Have no task of a run start, and its running ones start again later, until `unpause`; arguments as in `stop`.

    A command that works on the run ends with `RunPausedError`.

    Raises:
        UsageError: there is no such run, or it has ended.
    """
    work = execution.pause_work()
    return execution.run_phases(
        select_run(recipe, run), work, account=account, options=options, progress=progress, on_phase=on_phase
    )


def unpause(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: Callable[[PhaseReport], None] | None = None,
) -> RunReport:
    """Let the tasks of a paused run start again; `resume` follows them to their end. Arguments as in `stop`.

    Raises:
        UsageError: there is no such run, or it has ended.
    """
    work = execution.unpause_work()
    return execution.run_phases(
        select_run(recipe, run), work, account=account, options=options, progress=progress, on_phase=on_phase
    )
