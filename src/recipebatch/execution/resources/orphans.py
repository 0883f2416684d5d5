"""Orphans: resources of the account whose run is gone or has expired; found by their labels, deleted when confirmed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.runs import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from recipebatch.runs import RunSummary
    from recipebatch.service import BatchService, BlobStore, LabeledResource


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A resource with the label of a run that is gone or has expired.

    Attributes:
        kind: `job`, `job schedule`, `pool` or `container`.
        created: by the service's clock, or as its label says; None if neither is known.
        size: nodes of a pool, tasks are not counted; bytes of a container; None when it has none.
        reason: why it is an orphan.
    """

    kind: str
    name: str
    run_id: str
    owner: str
    created: datetime | None
    size: int | None
    reason: str


def decide(found: Iterable[LabeledResource], runs: Mapping[str, RunSummary], now: datetime) -> list[Orphan]:
    """Which of the labeled resources are orphans. Pure.

    A resource belongs to its run while that has a record and is not purged, until the time that the run's own limits
    allow has passed: counted from the last command on the run, or from its start if it has ended.
    """
    orphans = []
    for thing in found:
        run_id = thing.metadata.get(labels.RUN)
        if run_id is None:
            continue
        reason = _reason(thing, runs.get(run_id), now)
        if reason is None:
            continue
        created = thing.created or _time(thing.metadata.get(labels.CREATED))
        owner = thing.metadata.get(labels.OWNER, "?")
        orphans.append(
            Orphan(
                kind=thing.kind,
                name=thing.name,
                run_id=run_id,
                owner=owner,
                created=created,
                size=thing.size,
                reason=reason,
            )
        )
    return orphans


def _reason(thing: LabeledResource, run: RunSummary | None, now: datetime) -> str | None:
    kept = _time(thing.metadata.get(labels.KEEP_UNTIL))
    if kept is not None and kept > now:
        return None
    if run is None:
        return "its run has no record"
    if run.status == "purged":
        return "its run was purged"
    expires = _time(thing.metadata.get(labels.EXPIRES))
    # The containers of a run that is known may hold outputs that were not collected: its own purge looks at that.
    if expires is None or expires >= now or thing.kind == "container":
        return None
    if run.ended:
        return f"its run has ended, and expired on {expires:%Y-%m-%d %H:%M} UTC"
    begun, touched = thing.created or _time(thing.metadata.get(labels.CREATED)), _time(run.touched)
    over = now if begun is None or touched is None else max(expires, touched + (expires - begun))
    return f"its run stopped, and expired on {over:%Y-%m-%d %H:%M} UTC" if over < now else None


def find_orphans(
    batch: BatchService, blobs: BlobStore, runs: Callable[[], Sequence[RunSummary]], now: datetime
) -> list[Orphan]:
    """Look through the account, jobs first: their tasks must not be requeued onto a pool that goes away.

    Runs are listed after the things: a run's record is written before anything is made for it, so what a run that
    begins meanwhile makes is known as its own. A pool that other jobs run on is in use, also if another user made it.
    Resources whose run is recorded in another storage account are left out: only that account knows whether the run is
    alive.
    """
    things = [
        thing
        for thing in (*batch.list_labeled(labels.RUN), *blobs.list_labeled(labels.RUN))
        if thing.metadata.get(labels.RECORDS, blobs.account_name) == blobs.account_name
    ]
    found = decide(things, {run.run_id: run for run in runs()}, now)
    jobs = {orphan.name for orphan in found if orphan.kind in {"job", "job schedule"}}
    return [orphan for orphan in found if orphan.kind != "pool" or not _others_on(orphan.name, jobs, batch)]


def measure_orphans(orphans: Sequence[Orphan], blobs: BlobStore) -> list[Orphan]:
    """The same with the bytes of containers; of one that went meanwhile they stay unknown."""
    found = []
    for orphan in orphans:
        size = orphan.size
        if orphan.kind == "container":
            with suppress(ServiceError):
                size = sum(blob.size for blob in blobs.list_blobs(orphan.name))
        found.append(replace(orphan, size=size))
    return found


def _others_on(pool: str, jobs: Collection[str], batch: BatchService) -> bool:
    """Whether other jobs than those run on a pool; the jobs of a schedule are called `SCHEDULE:job-1`."""
    return any(job not in jobs and job.partition(":")[0] not in jobs for job in batch.jobs_on_pool(pool))


def delete_orphans(
    orphans: Sequence[Orphan],
    batch: BatchService,
    blobs: BlobStore,
    *,
    confirm: Callable[[str, tuple[str, ...]], bool],
    look: Callable[[], list[Orphan]],
) -> list[Orphan]:
    """Delete the orphans of the kinds that are confirmed, and return them.

    Args:
        confirm: called once a kind with the names; False keeps them.
        look: finds orphans; called after each confirmation, as a run may have been continued meanwhile.
    """
    delete = {
        "job": batch.delete_job,
        "job schedule": batch.delete_job_schedule,
        "pool": batch.delete_pool,
        "container": blobs.delete_container,
    }
    done: list[Orphan] = []
    for kind, function in delete.items():
        of_kind = [orphan for orphan in orphans if orphan.kind == kind]
        if of_kind and confirm(kind, tuple(orphan.name for orphan in of_kind)):
            still = {(orphan.kind, orphan.name) for orphan in look()}
            for orphan in of_kind:
                if (kind, orphan.name) in still:
                    function(orphan.name)
                    done.append(orphan)
    return done


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
