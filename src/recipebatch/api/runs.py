"""Runs by their records: list, show, compare, forget; and orphans, the resources whose run is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from recipebatch import execution, phases
from recipebatch.errors import ServiceError, UsageError
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.cost import RunCost
    from recipebatch.execution import ListedRun, Orphan, PurgedRun
    from recipebatch.phases import PhaseOptions
    from recipebatch.report import Progress
    from recipebatch.runs import KeptFailure, RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetails:
    """A run as its record describes it, ready for text and JSON.

    Attributes:
        source: where its recipe comes from: the path of a file, or `builtin:NAME`.
        things: the resources it made, by kind: their names or ids.
        purged: the parts whose deletion has begun while others are kept: `jobs`, `pool`, `storage`.
        locked_by: who holds its lock: command, owner, machine and time; empty if it is not locked.
        failures: the first failed tasks with the end of what they wrote, as they were recorded when they were seen.
        failures_total: how many failed tasks there were.
        kept_tasks: of how many tasks the names of their files, and the ends of what they wrote, are recorded.
        interrupted: by whom and when it was paused or stopped; empty if it was not.
        cost: of its nodes so far, or why that is not known; None if it was not asked.
        without_plan: why its recorded recipe has no plan any more: `things` are then those that have its label now.
    """

    run_id: str
    owner: str
    account: str
    created: str
    recipe: str
    version: str | None
    source: str
    digest: str
    status: str
    verdict: str
    ended: bool
    parameters: dict[str, Any]
    phases: dict[str, dict[str, str]]
    things: dict[str, list[str]]
    retries: list[dict[str, Any]]
    locked_by: str
    failures: tuple[KeptFailure, ...] = ()
    failures_total: int = 0
    kept_tasks: int = 0
    interrupted: str
    purged: tuple[str, ...] = ()
    without_plan: str = ""
    cost: RunCost | None = None


def show_run(run_id: str, *, account: str | None = None, progress: Progress | None = None) -> RunDetails:
    """All that is known of a run.

    Raises:
        UsageError: there is no such run.
    """
    with execution.account_services(account, progress or Quiet()) as services:
        record = execution.load_record(services, run_id)
        recorded = execution.RecordedRun(record)
        without_plan = recorded.why_no_plan()
        if without_plan:
            plan = execution.labelled_plan(record, services.batch, services.blobs)
        else:
            plan = execution.plan_of_record(record)
        failures = services.store.failures(run_id)
        locked_by = services.store.holder_of(run_id)
        return RunDetails(
            run_id=record.run_id,
            owner=record.owner,
            account=record.account,
            created=record.created.isoformat(timespec="seconds"),
            recipe=record.recipe_name,
            version=record.recipe_version,
            source=record.source,
            digest=record.recipe_digest,
            status=phases.status_now(phases.status_of(record), at_work=bool(locked_by)),
            verdict=record.verdict,
            ended=record.ended,
            parameters={name: shown_value(value) for name, value in record.parameters.items()},
            phases={
                name: {"state": state.state, "at": state.at, "summary": state.summary}
                for name, state in record.phases.items()
            },
            things={
                "containers": [str(container.name) for container in plan.containers],
                "pools": [str(pool.id) for pool in plan.pools if not pool.auto],
                "jobs": [str(job.id) for job in plan.jobs],
            },
            retries=list(record.retries),
            locked_by=locked_by,
            failures=failures.kept,
            failures_total=failures.total,
            kept_tasks=len(services.store.tasks(run_id).kept),
            interrupted=phases.interruption_of(record),
            purged=tuple(record.purged),
            without_plan=without_plan,
            cost=execution.cost_of_run(services, record),
        )


def shown_value(value: object) -> object:
    """A parameter's value; a secret's as `***`."""
    return "***" if isinstance(value, dict) and "pieces" in value else value


def forget_run(
    run_id: str,
    *,
    force: bool = False,
    break_lock: bool = False,
    choose: Callable[[str, tuple[str, ...]], str | None] = phases.choose_none,
    account: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Delete a run's record; the run's resources are kept.

    Args:
        run_id: of the run.
        force: delete it even if the run was not purged.
        break_lock: delete it even if another command holds the run's lock.
        choose: as in `PhaseOptions`, for a run of another owner.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: something of the run may still be there, and `force` is not set; or there is no such run.
        RunLockedError: a command works on it.
    """
    from recipebatch.runs import PURGED

    progress = progress or Quiet()
    with execution.account_services(account, progress) as services:
        try:
            record = services.store.load(run_id)
        except UsageError:
            raise
        except ServiceError:
            # A record that cannot be read, of a run that can be ended in no other way.
            if not force or not services.store.has_record(run_id):
                raise
            record = None
        if record is not None and record.phases and phases.status_of(record) != PURGED and not force:
            raise UsageError(
                f"run {run_id} was not purged: some of its resources may remain",
                hint="purge it first, or use forget --force and later purge --orphans",
            )
        if record is not None:
            execution.check_owner(services, record, "forget", choose)
        if break_lock and (held := services.store.break_lock(run_id)):
            progress.say(f"broke the lock of run {run_id} ({held})")
        services.store.forget(run_id, say=progress.say)


def find_orphans(*, account: str | None = None, progress: Progress | None = None) -> list[Orphan]:
    """The resources of the account whose run is gone or has expired, with their sizes."""
    with execution.account_services(account, progress or Quiet()) as services:
        return execution.measure_orphans(_look(services), services.blobs)


def remove_orphans(
    *,
    confirm: Callable[[str, tuple[str, ...]], bool],
    tell: Callable[[list[Orphan]], None],
    tell_held: Callable[[tuple[str, ...]], None] = lambda _lines: None,
    account: str | None = None,
    progress: Progress | None = None,
) -> tuple[list[Orphan], list[Orphan]]:
    """Find the resources whose run is gone or has expired, and delete those that are confirmed.

    Args:
        confirm: called once a kind with the names of the resources; False keeps them.
        tell: is given all that were found, before the first question.
        tell_held: is given what runs of this owner that are no orphans hold, in lines for a person.
        account: as in `Recipe.apply`, and `progress` too.

    Returns:
        All that were found, and those that were deleted.
    """
    with execution.account_services(account, progress or Quiet()) as services:
        found = execution.measure_orphans(_look(services), services.blobs)
        tell(found)
        runs, unknown = execution.held_by_owner(services, without_record=False)
        tell_held(execution.held_lines(runs, services.store.owner, account or "", unknown))
        return found, execution.delete_orphans(
            found, services.batch, services.blobs, confirm=confirm, look=lambda: _look(services)
        )


def _look(services: execution.Services) -> list[Orphan]:
    return execution.find_orphans(services.batch, services.blobs, services.store.summaries, datetime.now(UTC))


def runs(
    *,
    mine: bool = False,
    names: Sequence[str] = (),
    recipe: GivenRecipe | None = None,
    states: Collection[str] = (),
    since: datetime | timedelta | None = None,
    labels: Mapping[str, str] | None = None,
    limit: int | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> tuple[ListedRun, ...]:
    """The runs of the account, oldest first, with what the services have of them, their tasks, and what they have cost.

    Then those that have no record any more and still hold something; their status is `no record`. What a run holds is
    None where a service refuses to say it, or does not answer within 10 seconds; that is said.

    Args:
        mine: only those of this owner.
        names: patterns of names of recipes, such as `nightly-*`; none is all.
        recipe: only its runs.
        states: `unfinished`, `ended`, `purged`, `paused`, a verdict, or a status such as `watch started`; none is all.
        since: a time, or how long ago: only runs that were started since.
        labels: metadata that the recipe gives its jobs or pools, with these values.
        limit: at most the newest so many; None is all.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such state.
    """
    progress = progress or Quiet()
    now = datetime.now(UTC)
    with execution.account_services(account, progress) as services:
        query = execution.RunQuery(
            owner=services.store.owner if mine else None,
            names=tuple(names),
            recipe=None if recipe is None else recipe.checked,
            states=frozenset(states),
            since=now - since if isinstance(since, timedelta) else since,
            labels=labels or {},
        )
        return execution.listed_runs(services, query, now=now, limit=limit, progress=progress)


def purge_all(
    recipe: GivenRecipe,
    *,
    confirm: Callable[[tuple[RunSummary, ...]], bool],
    on_run: Callable[[PurgedRun], None] = lambda _run: None,
    on_none: Callable[[str], None] = lambda _why: None,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
) -> tuple[PurgedRun, ...]:
    """Purge all runs of a recipe by this owner, whatever it says of when; one that fails does not stop the rest.

    Runs from where the recipe was moved are meant too; those of a copy elsewhere are named on `progress`.

    Args:
        recipe: the recipe.
        confirm: called once with the runs of which something is left; False purges none.
        on_run: is given what came of each run.
        on_none: is given why there is none to purge, if so.
        account: as in `Recipe.apply`, and `options` and `progress` too.

    Returns:
        What came of each run; empty if there is none, or they were not confirmed.

    Raises:
        UnreachableError: a service did not respond.
    """
    progress = progress or Quiet()
    with execution.account_services(account, progress) as services:
        found = execution.runs_to_purge(services, recipe.checked)
        if found.others:
            progress.say(found.others)
        if not found.runs:
            on_none(found.why_none)
            return ()
        if not confirm(found.runs):
            return ()
        chosen = options or phases.PhaseOptions()
        return execution.purge_runs(
            found.runs, lambda run_id: execution.purge_run(services, run_id, chosen, progress), on_run
        )
