"""The report of a run from its record, what is kept beside it, and the services."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from in_memory_run import NOW, RECORD, Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import ServiceError
from recipebatch.execution.reports import gather_report
from recipebatch.pages import State
from recipebatch.properties.job import Schedule
from recipebatch.runs import KeptFailure, NodeHistory, NodeRate, NodeRecord, RunFailures, TaskHistory, TaskRecord

if TYPE_CHECKING:
    from recipebatch.pages import RunReportData
    from recipebatch.service import JobSnapshot

JOB = a_job(a_task("one", item="a"), a_task("two"))
PLAN = a_plan(pools=(a_pool(),), jobs=(JOB,))
SUBMITTED = RECORD.with_phase("submit", "done", NOW + timedelta(seconds=9), "2 tasks added")
PURGED = replace(SUBMITTED.with_phase("purge", "done", NOW), ended=True, verdict="failed")
HISTORY = TaskHistory(
    records=(TaskRecord(job_id="j1", task_id="one", template="t", state="completed", cause="exit_code", exit_code=3),),
    seen_at=NOW,
)


class Down(Batch):
    """A Batch account that does not answer."""

    def get_job(self, job_id: str) -> JobSnapshot | None:
        raise ServiceError(f"job {job_id} cannot be read")


class Mute(Batch):
    """A Batch account that says nothing of nodes."""

    def list_nodes(self, _pool_id: str) -> tuple[()]:
        raise ServiceError("no answer")


def report_of(world: World, history: TaskHistory | None = None) -> RunReportData:
    world.records.kept_history = history or TaskHistory()
    services: Any = SimpleNamespace(store=world.records, batch=world.batch)
    return gather_report(world.run(), services)


def submitted(**changed: Any) -> World:
    world = World(plan=PLAN, record=replace(SUBMITTED, **changed))
    world.batch.exit_codes["two"] = 1
    world.batch.create_job(JOB)
    world.batch.add_tasks("j1", JOB.tasks or ())
    return world


def test_while_a_run_goes_on_its_tasks_are_those_of_the_service() -> None:
    data = report_of(submitted(), HISTORY)
    assert data.live
    assert [(task.id, task.state, task.item) for task in data.tasks] == [
        ("one", State.SUCCEEDED, "a"),
        ("two", State.FAILED, ""),
    ]
    assert data.seen_at > NOW.timestamp()


def test_of_a_run_that_was_purged_the_record_says_it() -> None:
    world = World(plan=PLAN, record=PURGED)
    world.records.kept_failures = RunFailures(
        kept=(KeptFailure(job_id="j1", task_id="one", exit_code=3, code="c", message="m", stderr="no words"),), total=1
    )
    node = NodeRecord(pool_id="p1", node_id="n1", state="idle", allocated=NOW, last_seen=NOW + timedelta(seconds=60))
    rate = NodeRate(
        pool_id="p1", vm_size="", spot=False, os="linux", per_hour=Decimal(6), currency="EUR", source="our prices"
    )
    world.records.kept_nodes = NodeHistory(records=(replace(node, gone=node.last_seen),), rates=(rate,))
    data = report_of(world, HISTORY)
    assert data.cost is not None
    assert (data.cost.amount_text, data.unknown) == ("0.10 EUR", ())
    assert (data.live, data.seen_at, data.facts.status) == (False, NOW.timestamp(), "purged")
    assert [(task.id, task.state) for task in data.tasks] == [("one", State.FAILED)]
    assert data.failures[0].examples[0].stderr == "no words"
    assert (data.nodes[0].id, data.pools[0].there) == ("n1", 60)


def test_phases_have_their_times_and_what_they_transferred() -> None:
    record = RECORD.with_phase("stage", "started", NOW, begins=True)
    record = record.with_phase("stage", "done", NOW + timedelta(seconds=5), "2 files", transferred=70)
    record = record.with_phase("stage", "started", NOW + timedelta(seconds=8), begins=True)
    record = record.with_phase("stage", "done", NOW + timedelta(seconds=9), "1 file", transferred=5)
    (phase,) = report_of(World(record=record)).phases
    assert (phase.name, phase.state, phase.summary, phase.transferred) == ("stage", "done", "1 file", 75)
    assert (phase.began, phase.moved) == (NOW.timestamp() + 8, NOW.timestamp() + 9)


def test_what_is_not_known_is_said() -> None:
    world = World(plan=PLAN, record=PURGED)
    assert report_of(world).unknown == ("which tasks the run had was not recorded, and its jobs are gone",)

    found = report_of(World(plan=PLAN, record=SUBMITTED, batch=Down()), HISTORY)
    assert found.unknown[0] == "how the tasks are now: job j1 cannot be read"
    assert [task.id for task in found.tasks] == ["one"]


def test_a_run_that_never_began_has_a_report() -> None:
    failed = RECORD.with_phase("provision", "failed", NOW, "no quota")
    data = report_of(World(record=failed))
    assert (data.live, data.tasks, data.unknown) == (False, (), ())
    assert data.facts.went_wrong == ("provision: no quota",)
    assert report_of(World()).live


def test_no_secret_of_a_run_is_in_its_report() -> None:
    secret = {"pieces": [{"secret": "key"}]}
    data = report_of(World(record=replace(RECORD, parameters={"key": secret, "n": 5})))
    assert data.facts.parameters == {"key": "***", "n": 5}


def test_nodes_that_are_not_known_to_be_gone_are_looked_at() -> None:
    world = submitted()
    record = NodeRecord(pool_id="p1", node_id="n1", state="idle", allocated=NOW, last_seen=NOW + timedelta(seconds=60))
    world.records.kept_nodes = NodeHistory(records=(record,))
    (node,) = report_of(world).nodes
    # The pool has no node any more.
    assert node.gone is not None
    assert node.gone > NOW.timestamp() + 60

    world.batch = Mute()
    found = report_of(world)
    assert "how the nodes of pool p1 are now: no answer" in found.unknown
    assert found.nodes[0].gone is None


def test_a_schedule_shows_its_newest_jobs_and_says_so() -> None:
    job = a_job(schedule=Schedule(recurrence_interval=timedelta(days=1)), tasks=None)
    plan = a_plan(pools=(a_pool(),), jobs=(job,))
    data = report_of(World(plan=plan, record=SUBMITTED))
    assert "of a job schedule the tasks of its newest jobs are shown, up to 1,000 each" in data.unknown
