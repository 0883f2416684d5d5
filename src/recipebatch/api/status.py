"""The current state of a run, and the output of its tasks: no lock is needed, and nothing is changed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch import execution, phases
from recipebatch.api.phases import select_run
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.api.recipe import Recipe
    from recipebatch.execution import ActiveRun, JobStatus, PoolStatus, TaskOutput
    from recipebatch.report import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """The current state of a run.

    Attributes:
        status: of its record, such as `watch started`.
        locked_by: who holds its lock: command, owner, machine and time; empty if it is not locked.
        interrupted: by whom and since when the run is paused, or was stopped; empty if it is not.
    """

    run_id: str
    recipe: str
    owner: str
    status: str
    verdict: str
    locked_by: str
    interrupted: str
    jobs: tuple[JobStatus, ...]
    pools: tuple[PoolStatus, ...]


def status(
    recipe: Recipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunStatus:
    """The current state of a run's jobs and pools.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, or neither a recipe nor a run is given, or both.
    """
    with _opened(recipe, run, account, progress) as (active, locked_by):
        record = active.record
        return RunStatus(
            run_id=record.run_id,
            recipe=record.recipe_name,
            owner=record.owner,
            status=phases.status_now(phases.status_of(record), at_work=bool(locked_by)),
            verdict=record.verdict,
            locked_by=locked_by,
            interrupted=phases.interruption_of(record),
            jobs=execution.job_statuses(active.context),
            pools=execution.pool_statuses(active.context, () if record.ended else active.unmade_pools, record.sizes),
        )


def logs(
    recipe: Recipe | None = None,
    *,
    run: str | None = None,
    tasks: Sequence[str] = (),
    file: str = "stdout.txt",
    lines: int | None = None,
    follow: bool = False,
    account: str | None = None,
    progress: Progress | None = None,
) -> Iterator[TaskOutput]:
    """What tasks of a run have written to a file.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe.
        tasks: their ids; none means all, if they are not too many.
        file: such as `stderr.txt`, or `wd/progress.log`.
        lines: the last so many of each task; None is all.
        follow: continue until all of them have completed.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run or task.
    """
    with _opened(recipe, run, account, progress) as (active, _):
        yield from execution.task_output(active.context, tasks=tasks, file=file, lines=lines, follow=follow)


@contextmanager
def _opened(
    recipe: Recipe | None, run: str | None, account: str | None, progress: Progress | None
) -> Iterator[tuple[ActiveRun, str]]:
    selector = select_run(recipe, run)
    progress = progress or Quiet()
    with execution.account_services(account, progress) as services:
        recorded = execution.find_run(services, selector, progress)
        with execution.opened_run(services, recorded, progress, command=None, options=phases.PhaseOptions()) as active:
            yield active, services.store.holder_of(recorded.record.run_id)
