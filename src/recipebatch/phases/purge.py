"""purge: delete what this run made, and only that; wait until it is deleted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from recipebatch.errors import WaitTimeoutError
from recipebatch.phases.options import NobodyToAskError
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision import pools_made_with_jobs
from recipebatch.phases.table import PURGE
from recipebatch.properties.purge import EVERYTHING, part_of
from recipebatch.report import Amount, PhaseReport, StepReport
from recipebatch.runs import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedContainer
    from recipebatch.properties.purge import Part
    from recipebatch.service import BlobStore

# A pool took up to 392 s to go in recorded runs of the service.
_LIMIT = timedelta(minutes=20)
_KINDS = ("job schedule", "job", "pool", "container")


def ignore(_parts: frozenset[Part], *, whole: bool) -> None:
    """What is done before the first deletion, where no caller asks for it."""


class OnStart(Protocol):
    """Is called before the first deletion."""

    def __call__(self, parts: frozenset[Part], /, *, whole: bool) -> None:
        """`parts`: something of them is deleted; `whole`: nothing of the run will remain."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing the run made: `job`, `pool` or `container`, by its name in the service."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing as the service has it."""

    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with one thing.

    Attributes:
        is_foreign: another run made it, so that nothing of this run remains though it is kept.
    """

    report: StepReport
    is_foreign: bool = False


def decide(seen: Seen | None, run_id: str) -> tuple[str, str]:
    """`absent`, `deleted`, or `kept` and why: it does not have this run's label. Pure."""
    if seen is None:
        return "absent", ""
    owner = seen.metadata.get(labels.RUN)
    if owner == run_id:
        return "deleted", ""
    return "kept", "it does not belong to this run" if owner is None else f"it belongs to run {owner}"


def purge_resources(
    context: PhaseContext,
    *,
    confirm: Callable[[str, tuple[str, ...]], bool],
    force: bool = False,
    parts: frozenset[Part] = EVERYTHING,
    on_start: OnStart = ignore,
) -> PhaseReport:
    """Delete the run's jobs, pools and containers; safe to run again.

    Args:
        context: the run at work.
        force: delete containers too whose `retention` is not over, and pools that jobs of others run on.
        confirm: called once a kind (`job`, `pool`, `container`) with the names, before anything is deleted; False keeps
            them. NobodyToAskError ends the purge once it is known what it would delete.
        parts: delete nothing else.
        on_start: called before the first deletion with the parts of which something is deleted, and whether nothing of
            the run will remain.

    Raises:
        NobodyToAskError: `confirm` cannot ask; nothing was deleted.
        WaitTimeoutError: the service accepted the deletions and has not completed them in time.
    """
    unasked: list[NobodyToAskError] = []

    def ask(kind: str, names: tuple[str, ...]) -> bool:
        try:
            return confirm(kind, names)
        except NobodyToAskError as error:
            unasked.append(error)
            return True

    decisions = [
        each for kind in _KINDS if part_of(kind) in parts for each in _decided(kind, context, ask, force=force)
    ]
    reports = [each.report for each in decisions]
    going = [Thing(each.kind, each.name) for each in reports if each.action == "deleted"]
    if unasked:
        names = ", ".join(f"{thing.kind} {thing.name}" for thing in going)
        raise NobodyToAskError(f"{unasked[0].message}; would be deleted: {names}", hint=unasked[0].hint)
    on_start(
        frozenset(part_of(thing.kind) for thing in going),
        whole=parts == EVERYTHING and all(each.is_foreign or each.report.action != "kept" for each in decisions),
    )
    # The job first: its tasks must not be requeued onto a pool that is going away.
    for thing in going:
        _delete(thing.kind, thing.name, context)
    _wait_until_gone(going, context)
    kept: dict[str | None, list[str]] = {}
    for report in reports:
        if report.action == "kept":
            kept.setdefault(report.detail, []).append(f"{report.kind} {report.name}")
    notes = [f"kept {', '.join(names)}: {detail}" for detail, names in kept.items()]
    return PhaseReport(phase=PURGE.name, summary=_summary(reports), steps=tuple(reports), notes=tuple(notes))


def _decided(
    kind: str, context: PhaseContext, confirm: Callable[[str, tuple[str, ...]], bool], *, force: bool
) -> list[Decision]:
    """What is done with the things of one kind: `absent`, `kept` with the reason, or `deleted`."""
    seen = {name: _look(kind, name, context) for name in _names(kind, context)}
    decided = {name: decide(thing, context.plan.run_id) for name, thing in seen.items()}
    verdicts = {name: verdict for name, (verdict, _) in decided.items()}
    why = {name: reason for name, (_, reason) in decided.items() if reason}
    own_or_unknown = {None, context.plan.run_id}
    foreign = {name for name, thing in seen.items() if thing and thing.metadata.get(labels.RUN) not in own_or_unknown}
    if kind == "container" and not force:
        why |= {name: until for name, until in _retained(context).items() if verdicts[name] == "deleted"}
    if kind == "pool" and not force:
        why |= _shared(context, [name for name, verdict in verdicts.items() if verdict == "deleted"])
    deletable = tuple(name for name, verdict in verdicts.items() if verdict == "deleted" and name not in why)
    if deletable and not confirm(kind, deletable):
        again = f"recipebatch {PURGE} {context.run_option}"
        why |= dict.fromkeys(deletable, f"the deletion was not confirmed; delete with: {again}")
    verdicts |= dict.fromkeys(why, "kept")
    return [
        Decision(StepReport(action=verdict, kind=kind, name=name, detail=why.get(name)), is_foreign=name in foreign)
        for name, verdict in verdicts.items()
    ]


def _shared(context: PhaseContext, pools: Iterable[str]) -> dict[str, str]:
    """The pools that jobs of others run on, each with a sentence that says so."""
    own = {str(job.id) for job in context.plan.jobs}
    found = {}
    for pool in pools:
        # The jobs of a schedule are called `SCHEDULE:job-1`.
        if others := [job for job in context.batch.jobs_on_pool(pool) if job.partition(":")[0] not in own]:
            found[pool] = f"job {others[0]}, which does not belong to this run, runs on it (--force deletes the pool)"
    return found


def _names(kind: str, context: PhaseContext) -> list[str]:
    """The things of one kind that the run makes, by their names in the service."""
    plan = context.plan
    if kind == "job schedule":
        return [str(job.id) for job in plan.jobs if job.schedule is not None]
    if kind == "job":
        return [str(job.id) for job in plan.jobs if job.schedule is None]
    if kind == "pool":
        made = [str(pool.id) for pool in plan.pools if not (pool.existing or pool.auto)]
        # The service removes those that it made with jobs together with these, but for those to be kept alive.
        return made + [str(name) for name in pools_made_with_jobs(context)]
    return [str(container.name) for container in plan.containers if not container.existing]


def kept_until(container: PlannedContainer, created: datetime) -> datetime | None:
    """When the retention of a container is over; None if it has none. Pure."""
    return None if container.retention is None else created + container.retention


def _retained(context: PhaseContext) -> dict[str, str]:
    """The run's own containers whose retention is not over, each with a sentence that says so."""
    now = context.clock.now()
    found = {}
    for item in context.plan.containers:
        end = kept_until(item, context.labels.created)
        if end is not None and end > now and not item.existing:
            found[str(item.name)] = f"its retention period lasts until {end:%Y-%m-%d %H:%M} UTC"
    return found


def _store(name: str, context: PhaseContext) -> BlobStore:
    """The storage account of a container of the plan; the name identifies it, as a run's own names are unique."""
    return context.store_of(next(item for item in context.plan.containers if item.name == name))


def _look(kind: str, name: str, context: PhaseContext) -> Seen | None:
    if kind == "container":
        metadata = _store(name, context).container_metadata(name)
        return None if metadata is None else Seen(metadata)
    if kind == "job schedule":
        schedule = context.batch.get_job_schedule(name)
        return None if schedule is None else Seen(schedule.metadata)
    seen = context.batch.get_job(name) if kind == "job" else context.batch.get_pool(name)
    return None if seen is None else Seen(seen.metadata)


def _delete(kind: str, name: str, context: PhaseContext) -> None:
    if kind == "job":
        context.batch.delete_job(name)
    elif kind == "job schedule":
        context.batch.delete_job_schedule(name)
    elif kind == "pool":
        context.batch.delete_pool(name)
    else:
        _store(name, context).delete_container(name)


def _wait_until_gone(going: list[Thing], context: PhaseContext) -> None:
    if not going:
        return
    poller = Poller(context, limit=_LIMIT)
    left = list(going)

    def tell(*, ended: bool = False) -> None:
        kinds = Counter(thing.kind for thing in left)
        names = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items())
        amount = Amount(
            what="deleted",
            done=len(going) - len(left),
            total=len(going),
            unit="resources",
            text=f"waiting for {names}" if left else "",
            ended=ended,
        )
        context.progress.tell(amount)

    try:
        while True:
            before = len(left)
            left = [thing for thing in left if _look(thing.kind, thing.name, context) is not None]
            tell()
            if not left:
                return
            if poller.timed_out:
                names = ", ".join(f"{thing.kind} {thing.name}" for thing in left)
                raise WaitTimeoutError(
                    f"still not deleted after {poller.elapsed:.0f} s: {names}",
                    hint="purge again to check whether they are deleted",
                )
            poller.wait(changed=len(left) != before)
    finally:
        tell(ended=True)


def _summary(reports: list[StepReport]) -> str:
    parts = []
    for action, verb in (("deleted", "deleted"), ("kept", "kept")):
        counts: dict[str, int] = {}
        for report in reports:
            if report.action == action:
                counts[report.kind] = counts.get(report.kind, 0) + 1
        if counts:
            listed = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())
            parts.append(f"{verb} {listed}")
    return "; ".join(parts) or "nothing to delete"
