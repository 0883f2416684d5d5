from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from in_memory_run import NOW, RECORD, Batch, Blobs, World
from plans import a_container, a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.execution.resources.leftovers import purge_command, remaining, retry_command, what_remains
from recipebatch.properties.files import Collect
from recipebatch.runs import labels

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord
    from recipebatch.service import JobSnapshot

PLAN = a_plan(
    containers=(a_container("in", "c1"), a_container("other", "c2", existing=True)),
    pools=(a_pool(target_dedicated_nodes=2),),
    jobs=(a_job(a_task("a")),),
    collect=(Collect(container=None, task_files=("stdout.txt",), include=(), into="out"),),
)


def record(*phases: str) -> RunRecord:
    found = RECORD
    for phase in phases:
        found = found.with_phase(phase, "done", NOW)
    return found


class Account(Batch):
    """A Batch account with one pool, whose label names a run; or one that refuses every request."""

    def __init__(self, *, owned_by: str | None = "r1", nodes: int = 2, refuses: str = "") -> None:
        super().__init__()
        self.owned_by, self.nodes, self.refuses = owned_by, nodes, refuses

    def get_job(self, job_id: str) -> JobSnapshot | None:
        if self.refuses:
            raise ServiceError(self.refuses)
        return super().get_job(job_id)

    def get_pool(self, _pool_id: str) -> Any:
        if self.owned_by is None:
            return None
        return a_pool_snapshot(
            metadata={labels.RUN: self.owned_by}, current_dedicated_nodes=self.nodes, target_dedicated_nodes=2
        )


def world(batch: Batch, *containers: str, phases: tuple[str, ...] = ("stage", "provision", "submit")) -> World:
    return World(plan=PLAN, record=record(*phases), batch=batch, blobs=Blobs({each: [] for each in containers}))


def with_job(batch: Account, run_id: str) -> Account:
    batch.jobs["j1"], batch.metadata["j1"] = {}, {labels.RUN: run_id}
    return batch


def test_what_remains_is_asked_of_the_services_and_not_taken_from_the_plan() -> None:
    assert remaining(World(plan=PLAN).run()) == "nothing was created yet"
    everything = world(with_job(Account(), "r1"), "c1", "c2")
    assert remaining(everything.run()) == "remaining: job j1, pool p1 (2 nodes), 1 container"
    assert what_remains(world(Account(owned_by=None)).run()) == "nothing that this run made remains"


def test_a_pool_has_the_nodes_that_it_has_and_not_those_that_were_planned() -> None:
    assert remaining(world(Account(nodes=1)).run()) == "remaining: pool p1 (1 node, 2 requested)"
    assert remaining(world(Account(nodes=0)).run()) == "remaining: pool p1 (0 nodes, 2 requested)"


def test_what_another_run_made_is_not_named_as_remaining_of_this_one() -> None:
    assert remaining(world(with_job(Account(owned_by="first"), "first")).run()) == "nothing that this run made remains"


def test_what_a_service_does_not_answer_is_not_known() -> None:
    refused = world(Account(refuses="reading job j1: the clock differs (AuthenticationFailed)"), "c1").run()
    assert remaining(refused) == (
        "remaining: 1 container; not known: which jobs and pools remain"
        " (reading job j1: the clock differs (AuthenticationFailed))"
    )
    assert remaining(refused, UnreachableError("no network")) == (
        "not known: what remains of the run, as a service cannot be reached"
    )
    assert what_remains(refused, UnreachableError("no network")).endswith(
        "; remove it: recipebatch purge --run r1 --force (it deletes outputs that were not collected)"
    )


def test_the_commands_name_the_account_and_what_a_purge_would_lose() -> None:
    run = World(plan=PLAN, record=record("stage")).run()
    assert retry_command(run) == "recipebatch retry --run r1"
    assert purge_command(run) == "remove it: recipebatch purge --run r1"
    elsewhere = World(plan=PLAN, record=replace(record("submit"), account="work")).run()
    assert retry_command(elsewhere) == "recipebatch retry --run r1 --account work"
    assert purge_command(elsewhere) == (
        "remove it: recipebatch purge --run r1 --account work --force (it deletes outputs that were not collected)"
    )
