"""The current state of a run, on services in memory."""

from __future__ import annotations

from datetime import UTC, datetime

from in_memory_pools import QUOTA, PoolBatch
from in_memory_run import World
from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.execution.status import (
    NOT_FOUND,
    NOT_MADE,
    JobStatus,
    PoolStatus,
    job_statuses,
    pool_statuses,
)
from recipebatch.plan import scaling
from recipebatch.plan.model import PlannedAfter

JOB = a_job(a_task("one"), a_task("two"))
PLAN = a_plan(jobs=(JOB,))
UNTIL = datetime(2026, 1, 2, 6, 0, tzinfo=UTC)


def test_a_job_that_is_not_submitted_yet_is_not_found() -> None:
    assert job_statuses(World(plan=PLAN).context(PLAN)) == (JobStatus(job="j1", state=NOT_FOUND, planned=2),)


def test_a_job_has_the_totals_of_its_tasks() -> None:
    world = World(plan=PLAN)
    world.batch.exit_codes["two"] = 1
    world.batch.create_job(JOB)
    world.batch.add_tasks("j1", JOB.tasks or ())
    assert job_statuses(world.context(PLAN)) == (JobStatus(job="j1", state="active", planned=2, succeeded=1, failed=1),)


def test_pools_have_their_nodes_their_expiry_and_what_is_missing() -> None:
    rule = scaling(a_pool(), UNTIL)
    assert rule is not None
    seen = a_pool_snapshot(auto_scale_formula=rule.formula, resize_errors=QUOTA)
    plan = a_plan(pools=(a_pool(), a_pool(logical="gone", id="p2"), a_pool(logical="auto", id="p3", auto=True)))
    assert pool_statuses(World(plan=plan, batch=PoolBatch(pools={"p1": seen})).context(plan)) == (
        PoolStatus(
            pool="p1",
            state="active",
            allocation_state="steady",
            nodes={"idle": 1},
            until=UNTIL.isoformat(),
            asked=(1, 0),
            errors=("no cores left (AccountCoreQuotaReached)",),
        ),
        PoolStatus(pool="p2", state=NOT_FOUND, nodes={}),
    )


def test_a_pool_that_waits_for_its_jobs_is_not_made_yet() -> None:
    later = a_job(a_task("b"), logical="b", pool="q", after=(PlannedAfter(job="job", on_failed="satisfy"),))
    plan = a_plan(pools=(a_pool(logical="q", id="p2"),), jobs=(JOB, later))
    context = World(plan=plan, batch=PoolBatch()).context(plan)
    [found] = pool_statuses(context, ("q",))
    assert (found.state, found.turn) == (NOT_MADE, "when job job has ended")
    [found] = pool_statuses(context)
    assert (found.state, found.turn) == (NOT_FOUND, "")


def test_a_pool_that_the_end_of_its_run_has_emptied_is_not_scaled_to_the_nodes_it_had() -> None:
    plan = a_plan(pools=(a_pool(),))
    sizes = [a_pool().logical]
    given, emptied = a_pool_snapshot(), a_pool_snapshot(target_dedicated_nodes=0)
    for seen, scaled in ((given, "1 node"), (emptied, "")):
        (status,) = pool_statuses(World(plan=plan, batch=PoolBatch(pools={"p1": seen})).context(plan), (), sizes)
        assert status.scaled == scaled


def test_a_pool_whose_formula_fails_says_so_and_promises_no_end() -> None:
    rule = scaling(a_pool(), UNTIL)
    assert rule is not None
    seen = a_pool_snapshot(auto_scale_formula=rule.formula, formula_error=("E", "Undefined symbol: nope"))
    plan = a_plan(pools=(a_pool(),))
    (status,) = pool_statuses(World(plan=plan, batch=PoolBatch(pools={"p1": seen})).context(plan))
    assert status.until is None
    [error] = status.errors
    assert error.startswith("the autoscale formula of pool p1 fails: Undefined symbol: nope (E); while it fails")
