from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from in_memory_run import NOW

from recipebatch.execution.tasks.rows import SORT_KEYS, TaskQuery, TaskRow, in_order
from recipebatch.runs import TaskRecord

RAN = TaskRecord(
    job="main",
    job_id="j",
    task_id="a",
    template="count",
    item="in/a.txt",
    state="completed",
    exit_code=0,
    tries=2,
    earlier=1,
    node_id="tvmps_12ab_d",
    created=NOW,
    began=NOW + timedelta(seconds=5),
    ended=NOW + timedelta(seconds=65),
)


def row(record: TaskRecord = RAN, *, earlier: int = 0, after: float = 100, **changed: object) -> TaskRow:
    seen = NOW + timedelta(seconds=after)
    return TaskRow(record=replace(record, **changed), seen=seen, earlier=earlier)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "succeeded"),
        ({"exit_code": 3, "cause": "exit_code"}, "failed"),
        ({"cause": "output_missing"}, "failed"),
        ({"state": "running"}, "running"),
        ({"state": "active"}, "active"),
        ({"state": "active", "cause": "blocked"}, "blocked"),
    ],
)
def test_how_a_task_stands_is_one_word(changed: dict[str, object], state: str) -> None:
    record = replace(RAN, **changed)  # type: ignore[arg-type]
    assert row(record).state == state


def test_times_are_those_of_the_last_try_and_go_on_while_a_task_waits_or_runs() -> None:
    waits = row(state="active", began=None, ended=None)
    runs = row(state="running", ended=None)
    never = row(began=None)
    assert [each.waited for each in (row(), waits, runs, never)] == [
        timedelta(seconds=5),
        timedelta(seconds=100),
        timedelta(seconds=5),
        None,
    ]
    assert [each.ran for each in (row(), waits, runs)] == [timedelta(seconds=60), None, timedelta(seconds=95)]
    assert row(created=None).waited is None
    assert row(began=NOW - timedelta(seconds=1)).waited == timedelta()


def test_all_tries_are_counted_those_in_earlier_jobs_too() -> None:
    assert row(earlier=4).tries == 2 + 1 + 4


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        (TaskQuery(), True),
        (TaskQuery(states=frozenset({"failed", "succeeded"})), True),
        (TaskQuery(states=frozenset({"failed"})), False),
        (TaskQuery(templates=frozenset({"count"})), True),
        (TaskQuery(templates=frozenset({"merge"})), False),
        (TaskQuery(items=("b*", "a.t*")), True),
        (TaskQuery(items=("in/*.txt",)), True),
        (TaskQuery(items=("b*",)), False),
        (TaskQuery(nodes=("tvmps_12",)), True),
        (TaskQuery(nodes=("tvmps_3",)), False),
        (TaskQuery(causes=frozenset({"exit_code"})), False),
        (TaskQuery(since=NOW + timedelta(seconds=65)), True),
        (TaskQuery(since=NOW + timedelta(seconds=66)), False),
    ],
)
def test_a_query_says_which_tasks_are_meant(query: TaskQuery, *, fits: bool) -> None:
    assert query.fits(row()) is fits
    assert query.is_all is (query == TaskQuery())


def test_a_task_of_which_no_time_is_known_is_of_no_time() -> None:
    unseen = row(created=None, began=None, ended=None)
    assert (unseen.changed, TaskQuery(since=NOW).fits(unseen)) == (None, False)


def test_numbers_and_times_are_sorted_largest_first_and_texts_by_the_alphabet() -> None:
    rows = [row(), row(task_id="B", exit_code=7, ended=NOW + timedelta(seconds=6)), row(task_id="c", exit_code=None)]
    assert [each.record.task_id for each in in_order(rows, "id", reverse=False)] == ["a", "B", "c"]
    assert [each.record.task_id for each in in_order(rows, "id", reverse=True)] == ["c", "B", "a"]
    assert [each.record.task_id for each in in_order(rows, "exit_code", reverse=False)] == ["B", "a", "c"]
    assert [each.record.task_id for each in in_order(rows, "exit_code", reverse=True)] == ["a", "B", "c"]
    assert [each.record.task_id for each in in_order(rows, "ran", reverse=True)] == ["B", "a", "c"]
    for key in SORT_KEYS:
        assert len(in_order([*rows, row(created=None, began=None, node_id=None)], key, reverse=False)) == len(rows) + 1
