"""A purge, and every other phase, that a failing service or a kill ends anywhere is completed by the next command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from in_memory_run import LABELS, NOW, RECORD, Batch, Blobs, World
from plans import a_container, a_job, a_plan, a_pool, a_task

from recipebatch.errors import ServiceError
from recipebatch.execution.apply import apply
from recipebatch.phases import PHASES, PhaseOptions, status_of
from recipebatch.properties.files import OutputFile
from recipebatch.properties.purge import PurgeWhen
from recipebatch.report import Quiet, Verdict

OPTIONS = PhaseOptions()
OURS = dict(LABELS.as_metadata())


class KilledError(BaseException):
    """The command is gone."""


@dataclass
class Calls:
    """Ends the command at the call of a number, before or after it takes effect."""

    end_at: int = 0
    after: bool = False
    error: type[BaseException] = KilledError
    count: int = 0

    def call(self, work: Any) -> Any:
        self.count += 1
        if self.count == self.end_at and not self.after:
            raise self.error("507 disk full")
        result = work()
        if self.count == self.end_at:
            raise self.error("connection refused")
        return result


@dataclass
class FailingBatch(Batch):
    calls: Calls = field(default_factory=Calls)

    def get_job(self, job_id: str) -> Any:
        return self.calls.call(lambda: Batch.get_job(self, job_id))

    def list_tasks(self, job_id: str, **wanted: Any) -> Any:
        return self.calls.call(lambda: Batch.list_tasks(self, job_id, **wanted))

    def add_tasks(self, job_id: str, tasks: Any, **request: Any) -> Any:
        return self.calls.call(lambda: Batch.add_tasks(self, job_id, tasks, **request))

    def delete_job(self, job_id: str) -> bool:
        return bool(self.calls.call(lambda: Batch.delete_job(self, job_id)))


@dataclass
class FailingBlobs(Blobs):
    calls: Calls = field(default_factory=Calls)

    def container_metadata(self, name: str) -> dict[str, str] | None:
        there = self.calls.call(lambda: Blobs.container_metadata(self, name))
        return None if there is None else OURS

    def create_container(self, name: str, **metadata: object) -> bool:
        return bool(self.calls.call(lambda: Blobs.create_container(self, name, **metadata)))

    def list_blobs(self, container: str, *, prefix: str = "") -> Any:
        return self.calls.call(lambda: Blobs.list_blobs(self, container, prefix=prefix))

    def delete_container(self, name: str) -> bool:
        return self.calls.call(lambda: self.containers.pop(name, None)) is not None


OUTPUT = OutputFile(file_pattern="r.txt", container="out", path="a", upload_condition="tasksuccess")
PLAN = a_plan(
    pools=(a_pool(existing=True),),
    containers=(a_container("out", "c1"),),
    jobs=(a_job(a_task("a", output_files=(OUTPUT,))),),
    purge=PurgeWhen.ON_SUCCESS,
)


def a_world(calls: Calls) -> World:
    return World(
        plan=PLAN,
        record=RECORD,
        batch=FailingBatch(calls=calls),
        blobs=FailingBlobs(calls=calls, containers={"c1": ["a"]}),
    )


def applied(world: World) -> Verdict:
    run = world.run()
    for _ in apply(run, PHASES, options=OPTIONS, progress=Quiet()):
        pass
    return run.verdict


def calls_of_a_whole_run() -> int:
    calls = Calls()
    assert applied(a_world(calls)) is Verdict.SUCCEEDED
    return calls.count


CALLS = calls_of_a_whole_run()


@pytest.mark.parametrize("error", [KilledError, ServiceError])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("end_at", range(1, CALLS + 1))
def test_a_run_that_is_ended_at_any_call_is_completed_by_the_next_command(
    end_at: int, after: Any, error: type[BaseException]
) -> None:
    world = a_world(Calls(end_at=end_at, after=after, error=error))
    try:
        applied(world)
    except error:
        pass
    else:
        # What tasks have written is recorded as far as it can be read: an error there ends no command.
        assert (error, status_of(world.records.kept)) == (ServiceError, "purged")
    stopped = world.records.kept
    assert not (stopped.ended and status_of(stopped) != "purged")
    world.batch.calls.error = ServiceError  # type: ignore[attr-defined]
    assert applied(world) is Verdict.SUCCEEDED
    assert status_of(world.records.kept) == "purged"
    assert world.blobs.containers == {}
    assert world.batch.jobs == {}


@pytest.mark.parametrize("lost", ["containers", "jobs", "both"])
@pytest.mark.parametrize("state", ["started", "failed"])
def test_a_purge_that_has_started_ends_whatever_is_gone_meanwhile(lost: str, state: str) -> None:
    world = a_world(Calls())
    run = world.run()
    for phase in PHASES[:-1]:
        phase.run(run, OPTIONS)
    world.records.kept = world.records.kept.with_phase("purge", state, NOW)
    if lost != "jobs":
        world.blobs.containers.clear()
    if lost != "containers":
        world.batch.jobs.clear()
    applied(world)
    assert status_of(world.records.kept) == "purged"
