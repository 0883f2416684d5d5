"""Pools that the service made with jobs are found by the jobs, and by their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from in_memory_pools import PoolBatch, pool_context
from plans import a_job, a_pool, a_task

from recipebatch.phases.provision import pools_made_with_jobs
from recipebatch.properties.job import AutoPool
from recipebatch.service import JobSnapshot, LabeledResource


@dataclass
class Account(PoolBatch):
    """A Batch account with a pool of the plan, two that jobs of the run left behind, and one of another run."""

    has_job: bool = False
    was_listed: bool = False

    def get_job(self, job_id: str) -> JobSnapshot | None:
        if not self.has_job:
            return None
        return JobSnapshot(
            id=job_id,
            state="active",
            pool_id="auto_1",
            all_tasks_complete_mode="noaction",
            termination_reason=None,
            metadata={},
        )

    def list_labeled(self, mark: str) -> tuple[LabeledResource, ...]:
        self.was_listed = True
        return tuple(
            LabeledResource(kind=kind, name=name, metadata={mark: run}, created=None)
            for kind, name, run in [
                ("pool", "p1", "r1"),
                ("pool", "auto_1", "r1"),
                ("pool", "auto_2", "r1"),
                ("pool", "auto_9", "r2"),
                ("job", "j1", "r1"),
            ]
        )


def found(account: Account, *, keep_alive: bool) -> list[str]:
    context, _ = pool_context(account, a_pool())
    auto = AutoPool(auto_pool_id_prefix="auto", pool_lifetime_option="job", keep_alive=keep_alive)
    jobs = (a_job(a_task("a"), auto_pool=auto),)
    return list(pools_made_with_jobs(replace(context, plan=replace(context.plan, jobs=jobs))))


def test_a_pool_that_outlives_its_job_is_found_without_the_job() -> None:
    assert found(Account(), keep_alive=True) == ["auto_1", "auto_2"]
    assert found(Account(has_job=True), keep_alive=True) == ["auto_1", "auto_2"]


def test_the_account_is_not_listed_where_no_pool_outlives_its_job() -> None:
    account = Account(has_job=True)
    assert found(account, keep_alive=False) == ["auto_1"]
    assert not account.was_listed
    assert found(Account(), keep_alive=False) == []
