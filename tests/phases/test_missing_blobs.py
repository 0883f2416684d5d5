from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_pools import Notes
from in_memory_run import Blobs, World
from plans import a_container, a_job, a_plan, a_pool, a_task, an_output

from recipebatch.errors import ServiceError
from recipebatch.phases.missing_blobs import missing_blobs_of_jobs, missing_blobs_of_pools, unmatched
from recipebatch.plan import WantedBlobs
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.pool import StartTask
from recipebatch.properties.task import UserIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.plan.model import Plan, PlannedJob
    from recipebatch.service import BlobSnapshot

THEIRS = a_container("in", "theirs", existing=True)


def reading(*files: ResourceFile) -> PlannedJob:
    return a_job(a_task("t", resource_files=files))


def blob(name: str) -> ResourceFile:
    return ResourceFile(container="in", blob=name, file_path="x")


def plan_of(job: PlannedJob) -> Plan:
    return a_plan(containers=(THEIRS,), pools=(a_pool(),), jobs=(job,))


def lines(plan: Plan, *blobs: str) -> list[str]:
    world = World(plan=plan, blobs=Blobs(containers={"theirs": sorted(blobs)}))
    return missing_blobs_of_jobs(world.context(plan), plan.jobs)


def test_what_an_existing_container_does_not_have_is_said_before_the_tasks_are_added() -> None:
    plan = plan_of(reading(blob("a"), blob("b"), ResourceFile(container="in", blob_prefix="x/", file_path=".")))
    assert lines(plan, "a", "bb", "x/1") == ["warning: blob b matches nothing in container in: task t fails"]


def test_nothing_is_said_of_what_the_job_itself_may_write() -> None:
    job = reading(blob("a"))
    writing = a_task("w", output_files=(an_output("*", container="in"),))
    assert lines(plan_of(replace(job, tasks=(*(job.tasks or ()), writing)))) == []


def test_what_the_plan_said_is_not_said_again() -> None:
    plan = plan_of(reading(blob("a")))
    said = "r.yaml:1:2: blob a matches nothing in container in: task t fails; it has no blobs"
    assert lines(replace(plan, warnings=(said,))) == []


def test_of_jobs_that_are_there_nothing_is_said_again() -> None:
    plan = plan_of(reading(blob("a")))
    world = World(plan=plan, blobs=Blobs(containers={"theirs": []}))
    world.batch.create_job(plan.jobs[0])
    assert missing_blobs_of_jobs(world.context(plan), plan.jobs) == []


def test_start_tasks_are_looked_at_before_their_pool_is_made() -> None:
    start = StartTask(
        command_line="ls",
        resource_files=(blob("tool"),),
        environment_settings=(),
        user_identity=UserIdentity(),
        max_task_retry_count=0,
        wait_for_success=True,
        container_settings=None,
        raw=None,
    )
    plan = a_plan(containers=(THEIRS,), pools=(a_pool(start_task=start),))
    world = World(plan=plan, blobs=Blobs(containers={"theirs": []}))
    (line,) = missing_blobs_of_pools(world.context(plan))
    assert line == "warning: blob tool matches nothing in container in: the start task of pool pool fails"


def test_storage_that_does_not_answer_stops_nothing() -> None:
    class Broken(Blobs):
        def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
            raise ServiceError(f"listing {container}{prefix} failed")

    plan = plan_of(reading(blob("a")))
    notes = Notes()
    context = replace(World(plan=plan, blobs=Broken()).context(plan), progress=notes)
    assert missing_blobs_of_jobs(context, plan.jobs) == []
    assert notes.lines == ["not known what container in has: listing theirsa failed"]


def test_many_are_counted() -> None:
    found = lines(plan_of(reading(*(blob(f"b{number}") for number in range(15)))))
    assert len(found) == 11
    assert found[-1] == "and 5 more resource files that match no blob"


@pytest.mark.parametrize("count", [3, 50])
def test_many_names_are_looked_for_in_one_list(count: int) -> None:
    wanted = [WantedBlobs(container="c", name=f"run/{number:03}", is_prefix=False) for number in range(count)]
    asked: list[str] = []

    def names(prefix: str, most: int) -> list[str]:
        asked.append(prefix)
        return [name for name in ("run/001", "run/002x") if name.startswith(prefix)][:most]

    missing = unmatched(wanted, names)
    assert [what.name for what in missing] == [what.name for what in wanted if what.name != "run/001"]
    assert sorted(asked) == (["run/0"] if count > 20 else ["run/000", "run/001", "run/002"])


def test_of_a_container_with_very_many_blobs_the_first_names_are_asked_for() -> None:
    wanted = [WantedBlobs(container="c", name=f"n{number:03}", is_prefix=False) for number in range(30)]

    def names(prefix: str, most: int) -> list[str]:
        return [f"{prefix}{number}" for number in range(most)] if prefix == "n0" else []

    assert len(unmatched(wanted, names)) == 20
