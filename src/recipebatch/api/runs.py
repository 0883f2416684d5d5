"""Runs by their records: shown, compared, forgotten; and what no run looks after any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recipebatch import execution
from recipebatch.errors import UsageError
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.execution import Orphan
    from recipebatch.report import Progress
    from recipebatch.runs import RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run for a person, and as JSON values.

    Attributes:
        things: what it made, by kind, under the names of the services.
        locked_by: who works on it now; empty when nobody does.
    """

    run_id: str
    owner: str
    account: str
    created: str
    recipe: str
    version: str | None
    digest: str
    status: str
    verdict: str
    ended: bool
    parameters: dict[str, Any]
    phases: dict[str, dict[str, str]]
    things: dict[str, list[str]]
    retries: list[dict[str, Any]]
    locked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDifference:
    """What two runs have not in common; empty texts and mappings where they are equal.

    Attributes:
        recipe: the recipes, as a unified diff.
        parameters: name → the values of both.
        files: what happened to local files from the first run to the second: `added`, `removed`, `changed`.
        outcome: verdict and status of both, where they differ.
    """

    recipe: str
    parameters: dict[str, list[Any]]
    files: dict[str, list[str]]
    outcome: dict[str, list[str]]


def show_run(run_id: str, *, account: str | None = None, progress: Progress | None = None) -> ShownRun:
    """All that is known of a run.

    Raises:
        UsageError: there is no such run.
    """
    with execution.opened(account, progress or Quiet()) as services:
        record = services.store.load(run_id)
        plan = execution.recorded_plan(record)
        return ShownRun(
            run_id=record.run_id,
            owner=record.owner,
            account=record.account,
            created=record.created.isoformat(timespec="seconds"),
            recipe=record.recipe_name,
            version=record.recipe_version,
            digest=record.recipe_digest,
            status=record.status,
            verdict=record.verdict,
            ended=record.ended,
            parameters={name: _shown(value) for name, value in record.parameters.items()},
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
            locked_by=services.store.holder_of(run_id),
        )


def compare_runs(
    first: str, second: str, *, account: str | None = None, progress: Progress | None = None
) -> RunDifference:
    """What is different between two runs: recipe, parameters, local files, outcome.

    Raises:
        UsageError: there is no such run.
    """
    from recipebatch.runs import file_changes, recipe_diff

    with execution.opened(account, progress or Quiet()) as services:
        one, other = services.store.load(first), services.store.load(second)
    names = f"{one.recipe_file} of {first}", f"{other.recipe_file} of {second}"
    return RunDifference(
        recipe=recipe_diff(
            (one.recipe_text, one.recipe_fragments), (other.recipe_text, other.recipe_fragments), *names
        ),
        parameters={
            name: [_shown(one.parameters.get(name)), _shown(other.parameters.get(name))]
            for name in sorted({*one.parameters, *other.parameters})
            if one.parameters.get(name) != other.parameters.get(name)
        },
        files=file_changes(one.inputs, other.inputs),
        outcome={
            name: [getattr(one, name), getattr(other, name)]
            for name in ("verdict", "status")
            if getattr(one, name) != getattr(other, name)
        },
    )


def _shown(value: object) -> object:
    """A parameter's value; a secret's as `***`."""
    from recipebatch.plan.expressions import deferred

    return deferred.shown(value) if isinstance(value, str) else value


def forget_run(
    run_id: str,
    *,
    force: bool = False,
    break_lock: bool = False,
    account: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Remove a run's record; what the run made is not touched.

    Args:
        run_id: of the run.
        force: forget it even if it was not purged.
        break_lock: forget it whoever holds its lock.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: something of the run may still be there, and `force` is not set; or there is no such run.
        RunLockedError: a command works on it.
    """
    told = progress or Quiet()
    with execution.opened(account, told) as services:
        record = services.store.load(run_id)
        if record.phases and record.status != "purged" and not force:
            raise UsageError(
                f"run {run_id} may have left something: it was not purged",
                hint="purge it first; forget --force leaves that to purge --orphans",
            )
        if break_lock and (held := services.store.break_lock(run_id)):
            told.say(f"broke the lock of run {run_id} ({held})")
        services.store.forget(run_id, say=told.say)


def find_orphans(*, account: str | None = None, progress: Progress | None = None) -> list[Orphan]:
    """What bears the mark of a run that does not look after it any more."""
    from recipebatch.execution import orphans

    with execution.opened(account, progress or Quiet()) as services:
        found = orphans.find(services.batch, services.blobs, services.store.summaries, datetime.now(UTC))
        return orphans.with_sizes(found, services.blobs)


def remove_orphans(
    *,
    confirm: Callable[[str, tuple[str, ...]], bool],
    tell: Callable[[list[Orphan]], None],
    account: str | None = None,
    progress: Progress | None = None,
) -> tuple[list[Orphan], list[Orphan]]:
    """Find what no run looks after, tell it, and remove what is confirmed: all that was found, and what was removed."""
    from recipebatch.execution import orphans

    with execution.opened(account, progress or Quiet()) as services:

        def look() -> list[Orphan]:
            return orphans.find(services.batch, services.blobs, services.store.summaries, datetime.now(UTC))

        found = orphans.with_sizes(look(), services.blobs)
        tell(found)
        return found, orphans.remove(found, services.batch, services.blobs, confirm=confirm, look=look)


def runs(*, account: str | None = None, progress: Progress | None = None) -> tuple[RunSummary, ...]:
    """The runs of the account, oldest first."""
    with execution.opened(account, progress or Quiet()) as services:
        return tuple(services.store.summaries())
