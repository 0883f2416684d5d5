"""A job that the account has no room for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes, PoolBatch
from in_memory_run import LABELS, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import JobQuotaError, ServiceError
from recipebatch.phases.job_control.job_quota import active_text
from recipebatch.phases.provision.provision import provision_pools
from recipebatch.phases.submit import submit_jobs
from recipebatch.plan import fixed_formula

if TYPE_CHECKING:
    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import PlannedAutoScale, PlannedJob

FULL = "creating job j1: Active job and job schedule quota for the account has been reached."


@dataclass
class Full(PoolBatch):
    """A Batch account without room for a job, until it was asked so often; it counts nodes while it is."""

    refusals: int = 0
    users: tuple[str, ...] = ()
    nodes_at_refusal: tuple[int, ...] = ()
    keeps_formulas: bool = False
    others: tuple[str, ...] = ("other-1", "other-2")

    def active_jobs(self) -> tuple[str, ...]:
        return self.others

    def jobs_on_pool(self, _pool_id: str) -> tuple[str, ...]:
        return self.users

    def create_job(self, job: PlannedJob, **request: Any) -> bool:
        if self.refusals:
            self.refusals -= 1
            self.nodes_at_refusal += (sum(pool.current_dedicated_nodes for pool in self.pools.values()),)
            raise JobQuotaError(FULL)
        return super().create_job(job, **request)

    def scale_pool(self, pool_id: str, rule: PlannedAutoScale) -> bool:
        if self.keeps_formulas:
            raise ServiceError("no formula is taken")
        count = 0 if rule.formula.startswith(fixed_formula(0, 0)) else 1
        super().scale_pool(pool_id, rule)
        self.pools[pool_id] = replace(self.pools[pool_id], target_dedicated_nodes=count, current_dedicated_nodes=count)
        return True


def begun(batch: Full) -> tuple[PhaseContext, Notes]:
    notes = Notes()
    plan = LABELS.on(a_plan(pools=(a_pool(),), jobs=(a_job(a_task("a")),)))
    context = replace(World(batch=batch).context(plan), progress=notes)
    provision_pools(context)
    notes.lines.clear()
    return context, notes


def test_a_job_waits_for_room_without_nodes_and_gets_them_with_it() -> None:
    batch = Full(refusals=3)
    context, notes = begun(batch)
    report = submit_jobs(context)
    assert report.summary == "1 task added"
    assert batch.nodes_at_refusal == (1, 0, 0)
    assert batch.pools["p1"].current_dedicated_nodes == 1
    assert notes.lines == [
        f"{FULL}; 2 jobs and job schedules are active (other-1, other-2)",
        "waiting for room, 30 minutes at most: one of these jobs must end",
        "pool p1 is scaled to 0 nodes meanwhile",
        "pool p1 was scaled to 0 nodes; resizing it: 1 node",
    ]


def test_no_job_is_said_to_be_in_the_way_where_the_service_lists_none() -> None:
    context, notes = begun(Full(refusals=1, others=()))
    submit_jobs(context)
    assert notes.lines[:2] == [f"{FULL}; 0 jobs and job schedules are active", "waiting for room, 30 minutes at most"]


def test_after_the_limit_it_gives_up_and_the_pool_has_no_nodes() -> None:
    batch = Full(refusals=1000)
    context, _ = begun(batch)
    with pytest.raises(JobQuotaError, match=r"other-2\); there was no room within 1 minute") as raised:
        submit_jobs(context, room_limit=timedelta(minutes=1))
    assert "ask for a higher quota" in (raised.value.hint or "")
    assert batch.pools["p1"].current_dedicated_nodes == 0
    # The same command again asks for room first, and brings no nodes back without it.
    batch.nodes_at_refusal = ()
    with pytest.raises(JobQuotaError, match="no room within 1 s"):
        submit_jobs(context, room_limit=timedelta(seconds=1))
    assert set(batch.nodes_at_refusal) == {0}


def test_a_pool_that_a_job_runs_on_keeps_its_nodes() -> None:
    batch = Full(refusals=2, users=("another",))
    context, notes = begun(batch)
    submit_jobs(context)
    assert batch.nodes_at_refusal == (1, 1)
    assert not any("scaled" in line for line in notes.lines)


def test_a_pool_that_cannot_be_scaled_is_said_to_incur_charges() -> None:
    batch = Full(refusals=1)
    context, notes = begun(batch)
    batch.keeps_formulas = True
    submit_jobs(context)
    assert "pool p1 keeps its nodes, which incur charges: no formula is taken" in notes.lines


def test_other_refusals_are_errors_at_once() -> None:
    class Refusing(Full):
        def create_job(self, job: PlannedJob, **_request: Any) -> bool:
            raise ServiceError(f"no {job.id}")

    context, _ = begun(Refusing())
    with pytest.raises(ServiceError, match="no j1"):
        submit_jobs(context)


def test_only_the_first_jobs_are_named() -> None:
    assert active_text([f"j{number}" for number in range(7)]) == (
        "7 jobs and job schedules are active (j0, j1, j2, j3, j4, …)"
    )
    assert active_text([]) == "0 jobs and job schedules are active"


def test_a_pool_that_another_run_begins_to_use_meanwhile_keeps_its_nodes() -> None:
    class Late(Full):
        def jobs_on_pool(self, _pool_id: str) -> tuple[str, ...]:
            return ("theirs",) if ("scale", "p1") in self.calls else ()

    batch = Late(refusals=2)
    context, notes = begun(batch)
    submit_jobs(context)
    assert batch.nodes_at_refusal == (1, 1)
    assert "pool p1 keeps its nodes: theirs uses it" in notes.lines
