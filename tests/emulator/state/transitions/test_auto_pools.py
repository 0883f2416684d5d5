from __future__ import annotations

import re
from typing import Any

import pytest

from recipebatch.emulator.protocol import defaults
from recipebatch.emulator.state.transitions import auto_pools
from recipebatch.emulator.state.transitions import job as jobs
from recipebatch.emulator.state.transitions import schedule as schedules
from recipebatch.vocabulary.states import PoolState

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"vmSize": "standard_d2_v3", "virtualMachineConfiguration": MACHINE}


def auto_pool(lifetime: str = "job", **more: Any) -> dict[str, Any]:
    return {"autoPoolSpecification": {"poolLifetimeOption": lifetime, "pool": dict(POOL), **more}}


def test_a_job_with_an_existing_pool_has_no_auto_pool(state: Any) -> None:
    job = state.job()
    assert auto_pools.specification(job.body) is None
    assert (job.auto_pool_id, state.account.pools) == (None, {})


@pytest.mark.parametrize(("more", "prefix"), [({}, ""), ({"autoPoolIdPrefix": "mine"}, "mine_")])
def test_an_auto_pool_is_named_by_its_prefix_and_a_guid(state: Any, more: Any, prefix: str) -> None:
    job = state.job(poolInfo=auto_pool(**more))
    assert re.fullmatch(prefix + r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", job.auto_pool_id)
    assert list(state.account.pools) == [job.auto_pool_id.lower()]
    assert auto_pools.make_pool(state.account, job) is None
    assert len(state.account.pools) == 1


@pytest.mark.parametrize(("keep", "left"), [(False, PoolState.DELETING), (True, PoolState.ACTIVE)])
def test_a_pool_ends_with_its_job_unless_it_is_kept_alive(state: Any, *, keep: bool, left: PoolState) -> None:
    job = state.job(poolInfo=auto_pool(keepAlive=keep))
    (pool,) = state.account.pools.values()
    jobs.terminate_job(state.account, job, "r")
    jobs.complete_job(state.account, job)
    assert pool.state is left


def test_the_jobs_of_a_schedule_share_a_pool_that_ends_with_it(state: Any) -> None:
    body = defaults.job_with_defaults({"poolInfo": auto_pool("jobschedule")}, in_schedule=True)
    schedule = schedules.create_schedule(state.account, "s", {"schedule": {}, "jobSpecification": body})
    first = schedules.make_job(state.account, schedule, 1, due=1)
    second = schedules.make_job(state.account, schedule, 2, due=2)
    assert first.auto_pool_id == second.auto_pool_id == schedule.auto_pool_id
    (pool,) = state.account.pools.values()
    jobs.terminate_job(state.account, first, "r")
    jobs.complete_job(state.account, first)
    assert pool.state.value == "active"
    schedules.terminate_schedule(state.account, schedule)
    schedules.complete_schedule(state.account, schedule)
    assert pool.state.value == "deleting"
