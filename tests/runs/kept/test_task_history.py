from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recipebatch.runs import TaskHistory, TaskRecord
from recipebatch.runs.kept.columns import packed, unpacked
from recipebatch.runs.kept.task_history import task_history_from_json

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
RAN = TaskRecord(
    job="main",
    job_id="j",
    task_id="count-f0001",
    template="count",
    item="samples/f0001.txt",
    state="completed",
    exit_code=0,
    tries=1,
    node_id="tvm-1",
    pool_id="p",
    created=NOON,
    began=NOON + timedelta(seconds=3),
    ended=NOON + timedelta(seconds=4, milliseconds=250),
)
WAITS = TaskRecord(job_id="j", task_id="count-f0002", state="active")


def test_tasks_come_back_as_they_were() -> None:
    history = TaskHistory().with_seen([RAN, WAITS], NOON)
    assert task_history_from_json(history.to_json()) == history


def test_the_newer_look_at_a_task_counts_and_those_that_are_gone_are_kept() -> None:
    failed = replace(WAITS, state="completed", exit_code=3, cause="exit_code", code="FailureExitCode", tries=2)
    history = TaskHistory().with_seen([RAN, WAITS], NOON).with_seen([failed], NOON + timedelta(minutes=1))
    assert history.records == (RAN, failed)
    assert history.seen_at == NOON + timedelta(minutes=1)
    other = history.with_seen([replace(RAN, job_id="j2")], NOON + timedelta(minutes=2))
    assert other.jobs_seen == {"j": NOON + timedelta(minutes=1), "j2": NOON + timedelta(minutes=2)}


def test_what_only_an_earlier_look_knows_of_a_task_stays() -> None:
    lost = replace(RAN, cause="output_missing", code="OutputMissing")
    later = replace(RAN, template="", item="", tried_again=True)
    history = TaskHistory().with_seen([lost], NOON).with_seen([later], NOON)
    assert history.records == (replace(lost, tried_again=True),)
    assert TaskHistory().with_seen([lost], NOON).with_seen([RAN], NOON).records == (RAN,)


def test_the_tries_before_a_task_was_reactivated_are_counted() -> None:
    failed = replace(RAN, exit_code=1, cause="exit_code", tries=3)
    again = replace(RAN, began=NOON + timedelta(hours=1), ended=None, state="running")
    history = TaskHistory().with_seen([failed], NOON).with_seen([again], NOON)
    assert [(task.tries, task.earlier) for task in history.records] == [(1, 3)]
    ended = replace(again, state="completed", ended=NOON + timedelta(hours=2))
    assert [task.earlier for task in history.with_seen([ended], NOON).with_seen([ended], NOON).records] == [3]


def test_tasks_that_were_added_take_the_place_of_no_look() -> None:
    history = TaskHistory().with_seen([RAN], NOON).with_added([replace(RAN, state="active"), WAITS])
    assert (history.records, history.seen_at) == ((RAN, WAITS), NOON)
    again = history.with_added([replace(WAITS, tried_again=True, item="x")])
    assert again.records == (RAN, replace(WAITS, tried_again=True))


def test_a_task_takes_less_than_a_hundred_bytes() -> None:
    count = 5_000
    records = [
        replace(
            RAN,
            task_id=f"count-{number * 7919 % 99991:x}",
            item=f"samples/2026/{number * 104729 % 999983:08d}/reads_{number}.fastq.gz",
            node_id=f"tvmps_{number % 64:064x}_d",
            began=NOON + timedelta(milliseconds=number * number % 86_399_993),
            ended=NOON + timedelta(milliseconds=number * number % 86_399_993 + number * 31 % 100_003),
        )
        for number in range(count)
    ]
    assert len(TaskHistory().with_seen(records, NOON).to_json()) < 100 * count


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": "???"},
        {"tasks": packed({})},
        {"seen_at": "never"},
        {"seen_at": 7},
        {"seen_at": "2026-01-02T12:00:00"},
        {"jobs": {"j": "2026-01-02T12:00:00"}},
        {"jobs": []},
    ],
)
def test_what_someone_else_wrote_is_nothing(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(TaskHistory().with_seen([RAN], NOON).to_json()) | change)
    assert task_history_from_json(text) == TaskHistory()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("job_id", [[None], [0]]),
        ("code", [[None], [0]]),
        ("tries", [None]),
        ("earlier", [None]),
        ("exit_code", ["1"]),
        ("began", [10**20]),
    ],
)
def test_a_column_with_other_values_is_nothing(column: str, value: object) -> None:
    body = json.loads(TaskHistory().with_seen([RAN], NOON).to_json())
    body["tasks"] = packed(unpacked(body["tasks"]) | {column: value})
    assert task_history_from_json(json.dumps(body)) == TaskHistory()


def test_a_later_version_is_nothing() -> None:
    body = json.loads(TaskHistory().with_seen([RAN], NOON).to_json())
    assert task_history_from_json(json.dumps(body | {"version": body["version"] + 1})) == TaskHistory()
