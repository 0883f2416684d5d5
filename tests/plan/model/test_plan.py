"""When a run makes its pools, as the plan says."""

from __future__ import annotations

import pytest
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.plan.model import Plan, PlannedAfter, PlannedJob
from recipebatch.vocabulary.ids import JobId, PoolId


def job(name: str, on: str, *after: str, on_failed: str = "block") -> PlannedJob:
    waits = tuple(PlannedAfter(job=other, on_failed=on_failed) for other in after)
    return a_job(a_task(f"t-{name}"), logical=name, id=JobId(f"j-{name}"), pool=on, after=waits)


def plan(*jobs: PlannedJob, **changed: object) -> Plan:
    names = dict.fromkeys(job.pool for job in jobs)
    return a_plan(pools=tuple(a_pool(logical=name, id=PoolId(f"p-{name}"), **changed) for name in names), jobs=jobs)


CHAIN = (job("a", "pa"), job("b", "pb", "a"), job("c", "pc", "b"))


@pytest.mark.parametrize(
    ("jobs", "turns"),
    [
        (
            CHAIN,
            {"pa": "", "pb": "when job a has ended, not if it failed", "pc": "when job b has ended, not if it failed"},
        ),
        ((job("a", "p"), job("b", "p", "a")), {"p": ""}),
        ((job("a", "p"), job("b", "q", "a", on_failed="satisfy")), {"q": "when job a has ended"}),
        (
            (job("a", "p"), job("b", "p"), job("c", "q", "a", "b")),
            {"q": "when jobs a and b have ended, not if a or b failed"},
        ),
        ((job("a", "p"), job("b", "q", "a"), job("c", "q", "b")), {"q": "when job a has ended, not if it failed"}),
        (
            (job("a", "p"), job("b", "p"), job("c", "q", "a"), job("d", "q", "b", on_failed="satisfy")),
            {"q": "when job a has ended, not if it failed or when job b has ended"},
        ),
    ],
)
def test_a_pool_waits_for_the_first_of_its_jobs(jobs: tuple[PlannedJob, ...], turns: dict[str, str]) -> None:
    planned = plan(*jobs)
    assert {name: planned.turn_of_pool(name) for name in turns} == turns


def test_a_pool_that_exists_or_is_made_by_the_service_waits_for_nothing() -> None:
    for changed in ({"existing": True}, {"auto": True}):
        assert plan(*CHAIN, **changed).turn_of_pool("pb") == ""
