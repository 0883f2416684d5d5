"""The plan of a run whose recipe is refused by now: what has its label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from in_memory_run import RECORD, Batch, Blobs
from plans import a_job, a_task

from recipebatch.execution.resources.labelled_plan import labelled_plan
from recipebatch.properties.purge import PurgeWhen
from recipebatch.runs import labels
from recipebatch.service import LabeledResource


def labelled(kind: str, name: str, run_id: str = RECORD.run_id) -> LabeledResource:
    return LabeledResource(kind=kind, name=name, metadata={labels.RUN: run_id}, created=None)


@dataclass
class LabelledBatch(Batch):
    """A Batch account with a job on a shared pool, a schedule and a pool of the run, and those of another run."""

    def list_labeled(self, _mark: str) -> tuple[LabeledResource, ...]:
        return (
            labelled("job", "j1"),
            labelled("job schedule", "s1"),
            labelled("pool", "p2"),
            labelled("job", "other", "r2"),
            labelled("pool", "p9", "r2"),
        )


@dataclass
class LabelledBlobs(Blobs):
    """A storage account with a container of the run and one of another run."""

    def list_labeled(self, _mark: str) -> tuple[LabeledResource, ...]:
        return (labelled("container", "r-r1-output"), labelled("container", "theirs", "r2"))


def test_what_has_the_label_of_the_run_is_its_plan_and_nothing_else() -> None:
    batch: Any = LabelledBatch()
    batch.create_job(a_job())
    batch.add_tasks("j1", [a_task("b"), a_task("a")])
    blobs: Any = LabelledBlobs()
    plan = labelled_plan(RECORD, batch, blobs)
    assert [(job.id, job.schedule is not None, [task.id for task in job.tasks or ()]) for job in plan.jobs] == [
        ("j1", False, ["a", "b"]),
        ("s1", True, []),
    ]
    # The job runs on a pool that is not the run's own: it is not deleted with the run.
    assert [(pool.id, pool.existing) for pool in plan.pools if pool.id] == [("p2", False), ("p1", True)]
    assert [(container.logical, container.name) for container in plan.containers] == [("output", "r-r1-output")]
    assert plan.pool(plan.jobs[0].pool).id == "p1"
    assert (plan.collect, plan.purge.storage) == ((), PurgeWhen.NEVER)
