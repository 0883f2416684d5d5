"""What the job manager task of a schedule's job promised, compared with blobs that all its jobs write."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from in_memory_run import NOW, Blobs, World
from in_memory_schedules import BOSS, JOB, PLAN, Scheduled

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.phases.outputs.of_schedules import missing_of_scheduled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.service import BlobSnapshot, TaskFile


@dataclass
class Dated(Blobs):
    """Containers whose blobs were all written at one time, by the manager of the schedule."""

    written: timedelta = field(default_factory=timedelta)

    def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
        for blob in super().list_blobs(container, prefix=prefix):
            yield replace(blob, metadata={"recipebatch_task": "s/boss"}, last_modified=NOW + self.written)


def missing(blobs: Dated, *files: str, newest: bool = True, batch: Scheduled | None = None) -> list[str]:
    batch = batch or Scheduled(on_nodes={"s:job-1/boss": files})
    context = World(plan=PLAN, batch=batch, blobs=blobs).context(PLAN)
    return [str(each) for each in missing_of_scheduled(JOB, "s:job-1", BOSS, context, newest=newest)]


def day(*blobs: str, written: timedelta = timedelta(minutes=5)) -> Dated:
    return Dated(containers={"c1": list(blobs)}, written=written)


def test_a_blob_that_is_as_young_as_the_task_is_its_output() -> None:
    assert missing(day("day/result.csv")) == []
    assert missing(day("day/result.csv", written=timedelta(seconds=-20))) == []


@pytest.mark.parametrize(
    "blobs",
    [day("day/result.csv", written=timedelta(days=-1)), day("day/other.csv"), Dated(containers={})],
    ids=["of an earlier job", "another name", "no container"],
)
def test_an_output_without_such_a_blob_is_missing_unless_the_task_wrote_it(blobs: Dated) -> None:
    assert missing(blobs) == ["task boss left no day/result.csv in out"]
    assert missing(blobs, "stdout.txt") == ["task boss wrote no result.csv"]
    # Someone took the blob away since: it was made.
    assert missing(blobs, "wd/result.csv") == []


def test_of_an_older_job_only_its_node_says_that_it_was_not_made() -> None:
    assert missing(day(), newest=False) == []
    assert missing(day(), "stdout.txt", newest=False) == ["task boss wrote no result.csv"]


class Refusing(Scheduled):
    error: Exception = ServiceError("the node is busy")

    def list_task_files(self, _job_id: str, _task_id: str) -> tuple[TaskFile, ...]:
        raise self.error


def test_a_node_that_cannot_be_asked_says_nothing() -> None:
    batch = Refusing()
    assert missing(day(), batch=batch, newest=False) == []
    batch.error = UnreachableError("no answer")
    with pytest.raises(UnreachableError):
        missing(day(), batch=batch)
