from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from in_memory_pools import Notes
from in_memory_run import NOW, RECORD

from recipebatch.errors import ServiceError, UsageError
from recipebatch.execution.resources.listed_runs import ListedRun, RunQuery, listed_runs
from recipebatch.phases import status_of
from recipebatch.report import TaskTotals
from recipebatch.runs import NodeHistory, RunRecord, RunSummary, labels, place_of
from recipebatch.runs.summary import summary_from_metadata
from recipebatch.service import LabeledResource


def summary(record: RunRecord) -> RunSummary:
    return summary_from_metadata(record.run_id, record.to_metadata(status_of(record)))


def run(run_id: str, **changed: Any) -> RunRecord:
    return replace(RECORD, run_id=run_id, **changed)


class Account:
    """An account with runs, some of which have jobs."""

    def __init__(self, *records: RunRecord, jobs: dict[str, tuple[str, TaskTotals]] | None = None) -> None:
        self.owner = "me"
        self.records = {record.run_id: record for record in records}
        self.jobs = jobs or {}
        self.read: list[str] = []
        self.store = self.batch = self
        self.blobs = SimpleNamespace(account_name="one", list_labeled=lambda _mark: ())

    def summaries(self) -> tuple[RunSummary, ...]:
        return tuple(summary(record) for record in self.records.values())

    def load(self, run_id: str) -> RunRecord:
        self.read.append(run_id)
        return self.records[run_id]

    def node_history(self, _run_id: str) -> NodeHistory:
        return NodeHistory()

    def list_labeled(self, _mark: str) -> tuple[LabeledResource, ...]:
        return tuple(
            LabeledResource(kind="job", name=job, metadata={labels.RUN: of}, created=NOW)
            for job, (of, _) in self.jobs.items()
        )

    def task_totals(self, job: str) -> TaskTotals:
        totals = self.jobs[job][1]
        if totals.total == 0:
            raise ServiceError("it cannot be counted")
        return totals


def listed(account: Account, query: RunQuery | None = None, limit: int | None = None) -> tuple[ListedRun, ...]:
    services: Any = account
    return listed_runs(services, query or RunQuery(), now=NOW, limit=limit, progress=Notes())


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        (RunQuery(), True),
        (RunQuery(owner="me"), True),
        (RunQuery(owner="you"), False),
        (RunQuery(names=("x", "r*")), True),
        (RunQuery(names=("x",)), False),
        (RunQuery(states=frozenset({"unfinished"})), True),
        (RunQuery(states=frozenset({"ended", "failed"})), False),
        (RunQuery(states=frozenset({"watch started"})), True),
        (RunQuery(states=frozenset({"unknown"})), True),
        (RunQuery(since=NOW), True),
        (RunQuery(since=NOW + timedelta(seconds=1)), False),
        (RunQuery(labels={"project": "a&b = c"}), True),
        (RunQuery(labels={"project": "x"}), False),
    ],
)
def test_a_query_says_which_runs_are_meant(query: RunQuery, *, fits: bool) -> None:
    record = run("r1", labels={"project": "a&b = c"}).with_phase("watch", "started", NOW)
    assert query.fits(summary(record)) is fits


def test_runs_of_a_recipe_are_those_of_its_place() -> None:
    here: Any = SimpleNamespace(name="r", source="/recipes/r.yaml")
    found = summary(run("r1"))
    assert RunQuery(recipe=here).fits(found)
    elsewhere: Any = SimpleNamespace(name="r", source="/other/r.yaml")
    assert not RunQuery(recipe=elsewhere).fits(found)
    assert found.place == place_of("/recipes/r.yaml")


def test_a_purged_run_has_not_just_ended_and_a_time_that_is_none_is_never_since() -> None:
    purged = summary(run("r1", ended=True).with_phase("purge", "done", NOW))
    assert RunQuery(states=frozenset({"purged"})).fits(purged)
    assert not RunQuery(states=frozenset({"ended", "unfinished"})).fits(purged)
    assert RunQuery(states=frozenset({"ended"})).fits(summary(run("r1", ended=True)))
    assert not RunQuery(since=datetime.min.replace(tzinfo=NOW.tzinfo)).fits(replace(purged, created="?"))


def test_a_state_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no state 'endet' of a run") as caught:
        RunQuery(states=frozenset({"endet"}))
    assert caught.value.hint == "did you mean ended?"


def test_the_tasks_of_unfinished_runs_are_counted_by_the_service() -> None:
    going = run("r1", tasks={"active": 3}).with_phase("watch", "started", NOW)
    over = run("r2", tasks={"succeeded": 2}, verdict="succeeded", ended=True)
    jobs = {"j1": ("r1", TaskTotals(active=1, succeeded=2)), "j2": ("r2", TaskTotals(succeeded=9))}
    first, second = listed(Account(going, over, jobs=jobs))
    assert (first.tasks, first.counted) == ({"active": 1, "running": 0, "succeeded": 2, "failed": 0}, True)
    assert (second.tasks, second.counted) == ({"succeeded": 2}, False)


def test_counts_that_are_not_of_all_tasks_or_count_some_twice_are_not_shown() -> None:
    going = run("r1", tasks={"active": 9}).with_phase("watch", "started", NOW)
    few = Account(going, jobs={"j": ("r1", TaskTotals(active=1))})
    again = Account(going, jobs={name: ("r1", TaskTotals(active=9)) for name in ("j", "j-retry1")})
    refused = Account(going, jobs={"j": ("r1", TaskTotals())})
    for account in (few, again, refused):
        (found,) = listed(account)
        assert (found.tasks, found.counted) == ({"active": 9}, False)


def test_the_cost_of_the_newest_runs_is_read_and_a_limit_takes_these() -> None:
    account = Account(*(run(f"r{number}") for number in range(3)), jobs={"j": ("lost", TaskTotals(active=1))})
    found = listed(account)
    assert [each.run_id for each in found] == ["r0", "r1", "r2", "lost"]
    assert [each.cost is None for each in found] == [False, False, False, True]
    assert sorted(account.read) == ["r0", "r1", "r2"]
    assert [each.run_id for each in listed(account, RunQuery(owner="me"), limit=1)] == ["r2"]
