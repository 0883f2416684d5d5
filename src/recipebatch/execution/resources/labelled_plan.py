"""The plan of a run whose own cannot be made any more: what has the run's label is looked at, ended and deleted.

A recipe that an older version recorded may be refused by now. What the run made is known by its labels all the same,
what the recipe says of outputs is not: by such a plan nothing is collected, and nothing deleted unless it is asked for.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.plan.model import Plan, PlannedContainer, PlannedJob, PlannedPool, PlannedTask
from recipebatch.properties.job import Schedule
from recipebatch.properties.purge import PurgeRule, PurgeWhen
from recipebatch.runs import labels
from recipebatch.vocabulary.ids import ContainerName, JobId, PoolId, TaskId

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord
    from recipebatch.service import BatchService, BlobStore, LabeledResource

# How long a command may follow what has no limit that could be read.
_LIMIT = timedelta(days=1)


def labelled_plan(record: RunRecord, batch: BatchService, blobs: BlobStore) -> Plan:
    """The jobs with their tasks, the pools and the containers that have a run's label now.

    Containers in other storage accounts than that of the record are not looked for.
    """
    found = [
        thing
        for thing in (*batch.list_labeled(labels.RUN), *blobs.list_labeled(labels.RUN))
        if thing.metadata.get(labels.RUN) == record.run_id
    ]
    pools = {thing.name: _pool(thing.name, existing=False) for thing in found if thing.kind == "pool"}
    jobs = []
    for thing in found:
        if thing.kind in {"job", "job schedule"}:
            pool_id = _pool_of(thing, batch)
            pools.setdefault(pool_id, _pool(pool_id, existing=True))
            jobs.append(_job(thing, pool_id, batch))
    prefix = f"{record.recipe_name}-{record.run_id}-"
    return Plan(
        run_id=record.run_id,
        recipe_name=record.recipe_name,
        recipe_version=record.recipe_version,
        containers=tuple(
            PlannedContainer(
                logical=thing.name.removeprefix(prefix), name=ContainerName(thing.name), existing=False, uploads=()
            )
            for thing in found
            if thing.kind == "container"
        ),
        pools=tuple(pools.values()),
        jobs=tuple(jobs),
        collect=(),
        purge=PurgeRule.of(PurgeWhen.NEVER),
        watch_timeout=None,
        run_limit=_LIMIT,
    )


def _pool(pool_id: str, *, existing: bool) -> PlannedPool:
    return PlannedPool(logical=pool_id, id=PoolId(pool_id), existing=existing, os="linux", image=None, vm_size="")


def _pool_of(thing: LabeledResource, batch: BatchService) -> str:
    job = batch.get_job(thing.name) if thing.kind == "job" else None
    return (job.pool_id or "") if job is not None else ""


def _job(thing: LabeledResource, pool_id: str, batch: BatchService) -> PlannedJob:
    is_job = thing.kind == "job"
    ids = sorted(batch.list_task_ids(thing.name)) if is_job else []
    return PlannedJob(
        logical=thing.name,
        id=JobId(thing.name),
        pool=pool_id,
        tasks=tuple(PlannedTask(id=TaskId(name), template="") for name in ids),
        schedule=None if is_job else Schedule(),
    )
