from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes, PoolBatch
from in_memory_run import NOW, RECORD, Batch, Blobs, World
from plans import a_container, a_job, a_plan, a_pool, a_task, an_output

from recipebatch.errors import CostLimitError, ServiceError
from recipebatch.execution.apply import AtTheEnd, apply, purge_decision
from recipebatch.phases import PHASES, PURGE, NodeWatch, PhaseOptions
from recipebatch.plan.model import PlannedAfter
from recipebatch.properties.files import Collect
from recipebatch.properties.purge import PurgeRule, PurgeWhen
from recipebatch.report import Verdict
from recipebatch.vocabulary.ids import JobId, PoolId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import PlannedPool, PlannedTask
    from recipebatch.service import TaskAddResult


@pytest.mark.parametrize(
    ("when", "verdict", "decision"),
    [
        (PurgeWhen.ALWAYS, Verdict.FAILED, AtTheEnd.DELETE),
        (PurgeWhen.ON_SUCCESS, Verdict.SUCCEEDED, AtTheEnd.DELETE),
        (PurgeWhen.ON_SUCCESS, Verdict.FAILED, AtTheEnd.KEEP),
        (PurgeWhen.ON_SUCCESS, Verdict.UNKNOWN, AtTheEnd.KEEP),
        (PurgeWhen.NEVER, Verdict.SUCCEEDED, AtTheEnd.KEEP),
        (PurgeWhen.ASK, Verdict.SUCCEEDED, AtTheEnd.ASK),
    ],
)
def test_the_recipe_decides_what_is_removed_at_the_end(when: PurgeWhen, verdict: Verdict, decision: AtTheEnd) -> None:
    assert purge_decision(when, verdict) is decision


PLAN = a_plan(pools=(a_pool(existing=True),), jobs=(a_job(a_task("a")),), purge=PurgeWhen.NEVER)


def test_a_purged_run_is_not_said_to_be_kept() -> None:
    world = World(plan=PLAN, record=RECORD.with_phase("submit", "done", NOW).with_phase("purge", "done", NOW))
    [report] = apply(world.run(), PHASES, options=PhaseOptions(), progress=Notes())
    assert (report.summary, report.notes) == ("nothing to keep: the run was purged", ())


def test_a_purge_that_has_started_is_completed_whatever_the_recipe_says_of_purge() -> None:
    notes = Notes()
    world = World(plan=PLAN, record=RECORD.with_phase("submit", "failed", NOW).with_phase("purge", "started", NOW))
    [report] = apply(world.run(), PHASES, options=PhaseOptions(), progress=notes)
    assert report.summary == "nothing to delete"
    assert world.records.kept.state_of("purge") == "done"
    assert "submit: not completed before the purge started" in notes.lines
    assert "watch: not run: the purge has started" in notes.lines


def test_where_promised_outputs_are_missing_everything_is_kept_unless_it_is_forced() -> None:
    task = a_task("a", output_files=(an_output("a.csv"),))
    plan = replace(
        PLAN, containers=(a_container("out", "c1"),), jobs=(a_job(task),), purge=PurgeRule.of(PurgeWhen.ALWAYS)
    )
    record = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
    world = World(plan=plan, record=record, blobs=Blobs(containers={"c1": []}))
    reports = list(apply(world.run(), PHASES, options=PhaseOptions(), progress=Notes()))
    assert [report.phase for report in reports] == ["submit", "watch", "collect", "purge"]
    assert reports[2].missing_outputs == ("task a left no a.csv in out",)
    assert reports[3].summary == "all resources are kept (outputs are missing)"
    assert list(world.blobs.containers) == ["c1"]
    assert world.records.kept.ended
    [report] = apply(world.run(), (PURGE,), options=PhaseOptions(force=True), progress=Notes())
    assert report.summary.startswith("deleted 1 job")


class Refusing(Batch):
    """A Batch account that takes no tasks."""

    def add_tasks(self, job_id: str, tasks: Sequence[PlannedTask], **_request: object) -> list[TaskAddResult]:
        raise ServiceError(f"no more tasks: {job_id}, {len(tasks)}")


@pytest.mark.parametrize("watched", [False, True])
def test_a_failed_submit_deletes_everything_but_not_what_tasks_wrote_before(watched: object) -> None:
    plan = replace(
        PLAN,
        purge=PurgeRule.of(PurgeWhen.ALWAYS),
        containers=(a_container("out", "c1"),),
        collect=(Collect(container="out", into="o"),),
    )
    record = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
    record = record.with_phase("watch", "started", NOW) if watched else record
    notes = Notes()
    world = World(plan=plan, record=record, batch=Refusing(), blobs=Blobs(containers={"c1": ["a"]}))
    with pytest.raises(ServiceError, match="no more tasks"):
        list(apply(world.run(), PHASES, options=PhaseOptions(), progress=notes))
    assert any("nothing is deleted: the run was submitted" in line for line in notes.lines) is bool(watched)
    assert (world.records.kept.state_of("purge") is None) is bool(watched)


class NoMorePools(PoolBatch):
    """A Batch account with room for one pool."""

    def create_pool(self, pool: PlannedPool, **request: Any) -> bool:
        if self.pools:
            raise ServiceError("no more pools")
        return super().create_pool(pool, **request)


@pytest.mark.parametrize("collects", [False, True])
def test_a_later_pool_that_cannot_be_made_ends_the_run_as_a_failed_submit_does(collects: object) -> None:
    waits = (PlannedAfter(job="job", on_failed="block"),)
    jobs = (a_job(a_task("a")), a_job(a_task("b"), logical="b", id=JobId("j2"), pool="q", after=waits))
    plan = a_plan(
        containers=(a_container("out", "c1"),),
        pools=(a_pool(), a_pool(logical="q", id=PoolId("p2"))),
        jobs=jobs,
        collect=(Collect(container="out", into="o"),) if collects else (),
    )
    batch, notes = NoMorePools(), Notes()
    world = World(plan=plan, record=RECORD.with_phase("stage", "done", NOW), batch=batch)
    with pytest.raises(ServiceError, match="no more pools"):
        list(apply(world.run(), PHASES, options=PhaseOptions(), progress=notes))
    assert any("nothing is deleted: the run was submitted" in line for line in notes.lines) is bool(collects)
    assert bool(batch.pools) is bool(collects)


class Dear(NodeWatch):
    """Says once that the nodes have cost too much."""

    told = False

    def look(self, _context: PhaseContext, *, at_once: bool = False) -> None:
        if not (at_once or self.told):
            self.told = True
            raise CostLimitError("run r1 has cost 21.00 USD", by="its max_cost of 20.00 USD")


def test_a_run_that_costs_too_much_is_stopped_with_its_results() -> None:
    record = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
    world = World(plan=replace(PLAN, containers=(a_container("out", "c1"),)), record=record)
    world.blobs.containers["c1"] = []
    world.node_watch = Dear()
    notes = Notes()
    reports = list(apply(world.run(), PHASES, options=PhaseOptions(), progress=notes))
    assert [report.phase for report in reports] == ["submit", "stop", "watch", "collect", "purge"]
    assert "run r1 has cost 21.00 USD: stopping the run with its results" in notes.lines
    kept = world.records.kept
    assert kept.stopped["by"] == "its max_cost of 20.00 USD"
    assert kept.ended
