from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import schedule as schedules

if TYPE_CHECKING:
    from collections.abc import Callable


def test_records_are_found_by_their_ids_in_any_case(state: Any) -> None:
    pool, job = state.pool("Pool"), state.job("Job")
    node, task = state.node(pool), state.task(job, "Task")
    account = state.account
    assert account.pool("POOL") is pool
    assert account.node("pool", node.id.upper()) == (pool, node)
    assert account.job("job") is job
    assert account.task("JOB", "task") == (job, task)


def test_what_is_not_there_is_named(state: Any) -> None:
    state.pool("p")
    state.job("j")
    lookups: dict[str, Callable[[], object]] = {
        "PoolNotFound": lambda: state.account.node("none", "n"),
        "NodeNotFound": lambda: state.account.node("p", "n"),
        "JobNotFound": lambda: state.account.task("none", "t"),
        "TaskNotFound": lambda: state.account.task("j", "t"),
        "JobScheduleNotFound": lambda: state.account.schedule("none"),
    }
    for code, lookup in lookups.items():
        with pytest.raises(BatchError, match=code):
            lookup()


def test_a_job_knows_the_schedule_that_made_it(state: Any) -> None:
    body = {"schedule": {}, "jobSpecification": state.job("other").body}
    schedule = schedules.create_schedule(state.account, "S", body)
    job = schedules.make_job(state.account, schedule, 9, due=1)
    assert state.account.schedule_of(job) is schedule
    assert state.account.schedule_of(state.account.job("other")) is None
    assert state.account.schedule("s") is schedule


def test_jobs_are_bound_to_pools_in_the_order_they_were_made(state: Any) -> None:
    first, second = state.job("b"), state.job("a")
    assert list(state.account.jobs_by_pool["p"].values()) == [first, second]
    state.account.unbind(first)
    assert list(state.account.jobs_by_pool["p"].values()) == [second]
    state.account.unbind(second)
    state.account.unbind(second)
    assert state.account.jobs_by_pool == {}


def test_a_node_is_a_directory_below_its_pool(state: Any) -> None:
    assert state.account.node_root("p", "n") == state.account.directory / "pools" / "p" / "n"
