"""A look at a run while it goes on: no lock is needed, and nothing is changed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.errors import UsageError
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.api.recipe import Recipe
    from recipebatch.execution import JobState, PoolState, Printed
    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.report import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """How a run stands just now.

    Attributes:
        status: of its record, such as `watch started`.
        locked_by: who works on it; empty when nobody does.
    """

    run_id: str
    recipe: str
    owner: str
    status: str
    verdict: str
    locked_by: str
    jobs: tuple[JobState, ...]
    pools: tuple[PoolState, ...]


def status(
    recipe: Recipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunState:
    """How the jobs and pools of a run stand.

    Args:
        recipe: its newest run is meant.
        run: the id of a run, instead of a recipe.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, or neither a recipe nor a run is given, or both.
    """
    from recipebatch.execution import job_states, pool_states

    with _opened(recipe, run, account, progress) as (session, locked_by):
        record = session.record
        return RunState(
            run_id=record.run_id,
            recipe=record.recipe_name,
            owner=record.owner,
            status=record.status,
            verdict=record.verdict,
            locked_by=locked_by,
            jobs=job_states(session.context),
            pools=pool_states(session.context),
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
) -> Iterator[Printed]:
    """What tasks of a run have written to a file.

    Args:
        recipe: its newest run is meant.
        run: the id of a run, instead of a recipe.
        tasks: their ids; none means all, if they are not too many.
        file: such as `stderr.txt`, or `wd/progress.log`.
        lines: the last so many of each task; None is all.
        follow: go on until all of them have ended.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run or task.
    """
    from recipebatch.execution import status

    with _opened(recipe, run, account, progress) as (session, _):
        yield from status.logs(session.context, tasks=tasks, file=file, lines=lines, follow=follow)


@contextmanager
def _opened(
    recipe: Recipe | None, run: str | None, account: str | None, progress: Progress | None
) -> Iterator[tuple[ActiveRun, str]]:
    if (recipe is None) == (run is None):
        raise UsageError("name a recipe or a run, one of them", hint="for example: recipes/topn.yaml, or --run ID")
    told = progress or Quiet()
    with execution.opened(account, told) as services:
        if recipe is None:
            record = services.store.load(str(run))
        else:
            newest = services.store.latest(recipe.name)
            if newest is None:
                raise UsageError(f"there is no run of {recipe.name}", hint="recipebatch apply starts one")
            record = services.store.load(newest.run_id)
            execution.check_given(record, recipe.given)
        with execution.session(services, record, told, doing=None) as session:
            yield session, services.store.holder_of(record.run_id)
