"""The runs of an account as they are listed: which are meant, what they hold, their tasks, and what they have cost."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.execution.costs import cost_of_run
from recipebatch.execution.resources.holdings import LIMIT, NO_RECORD, look_at_holdings
from recipebatch.phases import map_concurrently, status_now
from recipebatch.report import TaskTotals, Verdict
from recipebatch.runs import PURGED, RunSummary, place_of
from recipebatch.service import call_within
from recipebatch.text.globs import matcher
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from recipebatch.cost import RunCost
    from recipebatch.execution.open_account import Services
    from recipebatch.recipe import Recipe
    from recipebatch.report import Progress

UNFINISHED, ENDED = "unfinished", "ended"
RUN_STATES = (UNFINISHED, ENDED, PURGED, "paused", *(verdict.value for verdict in Verdict))
"""How runs are chosen: whether they go on, and how their tasks ended."""

MOST_COSTS = 50
"""The cost of so many runs is read, the newest ones first: each takes two requests."""

MOST_COUNTED = 10
"""The tasks of so many unfinished runs are counted by the service, the newest ones first."""

_MOST_JOBS = 20
_RETRY_JOB = re.compile(r"-retry\d+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun(RunSummary):
    """A run as it is listed.

    Attributes:
        counted: its tasks are as the service counts them now; else as they were when they were watched last.
        cost: what its nodes have cost, as far as it is recorded; None if that was not read.
    """

    counted: bool = False
    cost: RunCost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs are meant; what is empty or None is all.

    Attributes:
        owner: of the runs.
        names: patterns of names of recipes.
        recipe: only runs of this recipe, of the place that it comes from.
        states: of `RUN_STATES`, or a status such as `watch started`.
        since: only runs that were started at or after this time.
        labels: names and values of the recipe's metadata.
    """

    owner: str | None = None
    names: tuple[str, ...] = ()
    recipe: Recipe | None = None
    states: frozenset[str] = frozenset()
    since: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for state in self.states:
            if state not in RUN_STATES and " " not in state:
                known = ", ".join(RUN_STATES)
                hint = did_you_mean(state, RUN_STATES) or f"known: {known}"
                raise UsageError(f"there is no state {state!r} of a run", hint=hint)

    def fits(self, run: RunSummary) -> bool:
        """Whether a run is meant."""
        return (
            self.owner in {None, run.owner}
            and (not self.names or any(matcher(name)(run.recipe) for name in self.names))
            and (self.recipe is None or self._is_of_recipe(run, self.recipe))
            and (not self.states or bool(self.states & _states_of(run)))
            and (self.since is None or _is_since(run, self.since))
            and all(run.labels.get(name) == value for name, value in self.labels.items())
        )

    @staticmethod
    def _is_of_recipe(run: RunSummary, recipe: Recipe) -> bool:
        return run.recipe == recipe.name and run.place in {"", place_of(recipe.source)}


def _states_of(run: RunSummary) -> set[str]:
    found = {run.status, run.verdict}
    if run.status == PURGED:
        return found
    return found | {ENDED if run.ended else UNFINISHED}


def _is_since(run: RunSummary, since: datetime) -> bool:
    try:
        return datetime.fromisoformat(run.created) >= since
    except (ValueError, TypeError):
        return False


def listed_runs(
    services: Services, query: RunQuery, *, now: datetime, limit: int | None, progress: Progress
) -> tuple[ListedRun, ...]:
    """The runs of an account that are meant, oldest first, then those without a record that still hold something.

    Args:
        services: the account.
        query: which runs.
        now: costs count up to here.
        limit: at most the newest so many; None is all.
        progress: is told what is not known.
    """
    # First: what a run holds that begins meanwhile is not taken for that of a run without a record.
    looked = look_at_holdings(services)
    seen = services.store.summaries()
    found = [replace(run, status=status_now(run.status, at_work=run.at_work)) for run in seen]
    if looked.unknown and seen:
        progress.say(f"not known: what the runs hold ({looked.unknown})")
    lost = looked.without_record(run.run_id for run in seen)
    meant = [run for run in (*looked.on(found), *lost) if query.fits(run)]
    chosen = [_listed(run) for run in (meant if limit is None else meant[-limit:])]
    counted = _newest(chosen, MOST_COUNTED, _can_be_counted)
    costed = _newest(chosen, MOST_COSTS, lambda run: run.status != NO_RECORD)
    updates = [partial(_counted, services, run) for run in counted]
    updates += [partial(_costed, services, run, now) for run in costed]
    changes: dict[str, dict[str, object]] = {}
    for run_id, change in map_concurrently(updates, lambda update: update()):
        changes.setdefault(run_id, {}).update(change)
    return tuple(replace(run, **changes.get(run.run_id, {})) for run in chosen)  # type: ignore[arg-type]


def _listed(run: RunSummary) -> ListedRun:
    return ListedRun(**{each.name: getattr(run, each.name) for each in fields(RunSummary)})


def _newest(runs: Sequence[ListedRun], most: int, fits: Callable[[ListedRun], bool]) -> Iterable[ListedRun]:
    return [run for run in reversed(runs) if fits(run)][:most]


def _can_be_counted(run: ListedRun) -> bool:
    """Whether the counts of its jobs are those of its tasks: of a retried one they would count tasks twice."""
    jobs = () if run.holds is None else run.holds.jobs
    unknown = run.verdict == Verdict.UNKNOWN and not run.ended
    return unknown and 0 < len(jobs) <= _MOST_JOBS and not any(_RETRY_JOB.search(job) for job in jobs)


def _counted(services: Services, run: ListedRun) -> tuple[str, dict[str, object]]:
    """The tasks of a run as the service counts them now."""
    jobs = run.holds.jobs if run.holds is not None else ()
    try:
        totals = [call_within(LIMIT, partial(services.batch.task_totals, job)) for job in jobs]
    except (RecipeBatchError, TimeoutError):
        return run.run_id, {}
    names = [each.name for each in fields(TaskTotals)]
    tasks = {name: sum(getattr(each, name) for each in totals) for name in names}
    # Jobs that wait for others are not there yet.
    missing = sum(run.tasks.values()) - sum(tasks.values())
    return run.run_id, {"tasks": tasks, "counted": True} if missing <= 0 else {}


def _costed(services: Services, run: ListedRun, now: datetime) -> tuple[str, dict[str, object]]:
    """What a run has cost, as it is recorded."""
    try:
        record = call_within(LIMIT, partial(services.store.load, run.run_id))
        cost = call_within(LIMIT, partial(cost_of_run, services, record, look=False, now=now))
    except (RecipeBatchError, TimeoutError):
        return run.run_id, {}
    return run.run_id, {"cost": cost}
