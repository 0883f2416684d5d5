"""The tasks of a run: which there are, where and how long each ran, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recipebatch import execution, phases
from recipebatch.api.look.opened import found, opened
from recipebatch.errors import UsageError
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.execution import TaskDetails, TaskList
    from recipebatch.report import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTaskList:
    """The tasks of a run that were asked for.

    Attributes:
        status: of the run, such as `watch started` or `purged`.
        at: when the service was asked.
    """

    run_id: str
    recipe: str
    status: str
    at: datetime
    tasks: TaskList


def tasks(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    states: Collection[str] = (),
    templates: Collection[str] = (),
    items: Sequence[str] = (),
    nodes: Collection[str] = (),
    causes: Collection[str] = (),
    since: datetime | timedelta | None = None,
    sort: str | None = None,
    reverse: bool = False,
    limit: int | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunTaskList:
    """The tasks of a run: of the service while they can change, and of the run's record afterwards.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        states: `active`, `preparing`, `running`, `succeeded`, `failed`, `blocked`; none is all.
        templates: their names in the recipe; none is all.
        items: patterns of what tasks are of in `for_each`, such as `samples/*.txt`; none is all.
        nodes: ids of nodes, or how these begin; none is all.
        causes: why tasks failed, such as `exit_code`; none is all.
        since: a time, or how long ago: only tasks that were added, began or ended since.
        sort: `id`, `template`, `item`, `state`, `cause`, `exit_code`, `tries`, `node`, `waited`, `ran`, `created`,
            `began` or `ended`; None is by job and id, and the service is asked for no more than `limit` needs.
        reverse: the other way round; times, durations and numbers are sorted largest first without.
        limit: at most so many; None is all.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, state, cause or key to sort by, or both a recipe and a run are given.
    """
    _check("state", states, execution.TASK_STATES)
    _check("cause", causes, [cause.value for cause in Cause])
    _check("key to sort by", [sort] if sort is not None else [], execution.SORT_KEYS)
    now = datetime.now(UTC)
    query = execution.TaskQuery(
        states=frozenset(states),
        templates=frozenset(templates),
        items=tuple(items),
        nodes=tuple(nodes),
        causes=frozenset(causes),
        since=now - since if isinstance(since, timedelta) else since,
    )
    with found(recipe, run, account, progress) as (recorded, services):
        listed = execution.list_run_tasks(services, recorded, query, now=now, sort=sort, reverse=reverse, limit=limit)
        record = recorded.record
        at_work = bool(services.store.holder_of(record.run_id))
        return RunTaskList(
            run_id=record.run_id,
            recipe=record.recipe_name,
            status=phases.status_now(phases.status_of(record), at_work=at_work),
            at=now,
            tasks=listed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """One task of a run.

    Attributes:
        status: of the run.
        at: when it was looked at.
        run_option: what a command needs to find the run: `--run ID`, with its account.
    """

    run_id: str
    recipe: str
    status: str
    at: datetime
    run_option: str
    task: TaskDetails


def task(
    task_id: str,
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    job: str | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunTask:
    """All that is known of a task: its command, files, environment and limits, all its tries, and its outputs.

    Args:
        task_id: its id.
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        job: of several with such a task this one: its name in the recipe, or its id.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run or task, or several jobs have it, or both a recipe and a run are given.
    """
    now = datetime.now(UTC)
    with opened(recipe, run, account, progress) as (active, services):
        record = active.record
        return RunTask(
            run_id=record.run_id,
            recipe=record.recipe_name,
            status=phases.status_now(phases.status_of(record), at_work=bool(services.store.holder_of(record.run_id))),
            at=now,
            run_option=active.context.run_option,
            task=execution.task_details(active, services.store, task_id, job=job, now=now),
        )


def _check(what: str, given: Collection[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
            raise UsageError(f"there is no {what} {name!r}", hint=hint)
