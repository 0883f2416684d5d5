"""Pools that only jobs with `after` run on: made when the turn of the first of these jobs comes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_pools import PoolBatch
from in_memory_run import NOW, RECORD, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import ServiceError
from recipebatch.execution.active_run import follow_run
from recipebatch.phases import PhaseOptions
from recipebatch.phases.provision.nodes import NoNodesError
from recipebatch.plan.model import ImageReference, PlannedAfter
from recipebatch.vocabulary.ids import JobId, PoolId

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan, PlannedJob, PlannedPool

OPTIONS = PhaseOptions()
STAGED = RECORD.with_phase("stage", "done", NOW)


def pool(name: str, **changed: object) -> PlannedPool:
    return a_pool(logical=name, id=PoolId(f"p-{name}"), **changed)


def job(name: str, on: str, *after: str, on_failed: str = "block") -> PlannedJob:
    waits = tuple(PlannedAfter(job=other, on_failed=on_failed) for other in after)
    return a_job(a_task(f"t-{name}"), logical=name, id=JobId(f"j-{name}"), pool=on, after=waits)


def plan(*jobs: PlannedJob, **changed: object) -> Plan:
    pools = tuple(pool(name, **changed) for name in dict.fromkeys(job.pool for job in jobs))
    return a_plan(pools=pools, jobs=jobs)


CHAIN = (job("a", "pa"), job("b", "pb", "a"), job("c", "pc", "b"))


def test_each_pool_is_made_when_the_job_before_is_over() -> None:
    batch = PoolBatch()
    world = World(plan=plan(*CHAIN), record=STAGED, batch=batch)
    run = world.run()
    provisioned = run.provision(OPTIONS)
    assert list(batch.pools) == ["p-pa"]
    assert provisioned.summary == "pool p-pa created; 1 node ready"
    assert provisioned.notes == (
        "pool pb is made when job a has ended, not if it failed",
        "pool pc is made when job b has ended, not if it failed",
    )
    assert run.unmade_pools == ("pb", "pc")
    run.submit(OPTIONS)
    assert list(batch.pools) == ["p-pa"]
    seen = {report.summary: list(batch.pools) for report in follow_run(run, OPTIONS) if report.phase == "submit"}
    assert seen == {
        "pool p-pb created; 1 node ready; 1 task added, 1 task already there": ["p-pa", "p-pb"],
        "pool p-pc created; 1 node ready; 1 task added, 2 tasks already there": ["p-pa", "p-pb", "p-pc"],
    }
    assert not run.unmade_pools


def test_no_pool_is_made_for_a_job_that_a_failure_keeps_back() -> None:
    world = World(plan=plan(*CHAIN), record=STAGED, batch=(batch := PoolBatch(exit_codes={"t-a": 1})))
    run = world.run()
    run.provision(OPTIONS)
    run.submit(OPTIONS)
    list(follow_run(run, OPTIONS))
    assert list(batch.pools) == ["p-pa"]
    assert run.unmade_pools == ("pb", "pc")


def test_provision_makes_the_pools_whose_turn_has_come() -> None:
    batch = PoolBatch()
    world = World(plan=plan(*CHAIN), record=STAGED, batch=batch)
    run = world.run()
    run.provision(OPTIONS)
    run.submit(OPTIONS)
    assert run.provision(OPTIONS).summary == "pool p-pa kept, pool p-pb created; 2 nodes ready"
    assert run.submit(OPTIONS).summary == "pool p-pb kept; 1 node ready; 1 task added, 1 task already there"


def test_a_run_that_was_killed_before_the_pool_was_made_makes_it_when_it_is_continued() -> None:
    world = World(plan=plan(*CHAIN[:2]), record=STAGED, batch=PoolBatch())
    run = world.run()
    run.provision(OPTIONS)
    run.submit(OPTIONS)
    world.records.kept = replace(world.records.kept, job_listings={"b": {}})
    assert world.run().submit(OPTIONS).summary == "pool p-pb created; 1 node ready; 1 task added, 1 task already there"


def test_the_pool_of_a_job_that_is_submitted_is_not_looked_at_again() -> None:
    batch = PoolBatch()
    world = World(plan=plan(*CHAIN), record=STAGED, batch=batch)
    run = world.run()
    run.provision(OPTIONS)
    for _ in CHAIN:
        run.submit(OPTIONS)
    del batch.pools["p-pb"]
    assert run.submit(OPTIONS).summary == "nothing to add, 3 tasks already there"
    assert "p-pb" not in batch.pools


def test_a_later_pool_that_can_never_be_made_is_refused_at_the_start() -> None:
    other = pool("pb", image=ImageReference(publisher="nobody", offer="o", sku="s"))
    world = World(
        plan=replace(plan(*CHAIN[:2]), pools=(pool("pa"), other)), record=STAGED, batch=(batch := PoolBatch())
    )
    with pytest.raises(ServiceError, match="does not support the image"):
        world.run().provision(OPTIONS)
    assert batch.pools == {}


def test_a_later_pool_without_nodes_fails_the_submit() -> None:
    full = pool("pb", vm_size="full")
    batch = PoolBatch(no_capacity=frozenset({"full"}))
    world = World(plan=replace(plan(*CHAIN[:2]), pools=(pool("pa"), full)), record=STAGED, batch=batch)
    run = world.run()
    run.provision(OPTIONS)
    run.submit(OPTIONS)
    with pytest.raises(NoNodesError):
        list(follow_run(run, OPTIONS))
    assert world.records.kept.state_of("submit") == "failed"
    assert "j-b" not in batch.jobs
    batch.no_capacity = frozenset()
    del batch.pools["p-pb"]
    assert "pool p-pb created" in world.run().submit(OPTIONS).summary
    assert "j-b" in batch.jobs
