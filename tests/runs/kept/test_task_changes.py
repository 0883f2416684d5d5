from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from in_memory_run import NOW

from recipebatch.runs import TaskHistory, TaskRecord
from recipebatch.runs.kept.task_changes import task_changes


def task(item: str, seconds: float = 10, *, template: str = "count", **changed: object) -> TaskRecord:
    record = TaskRecord(
        job="main",
        job_id="j",
        task_id=f"{template}-{item}",
        template=template,
        item=item,
        state="completed",
        exit_code=0,
        began=NOW,
        ended=NOW + timedelta(seconds=seconds),
    )
    return replace(record, **changed)  # type: ignore[arg-type]


def of(*tasks: TaskRecord) -> TaskHistory:
    return TaskHistory().with_seen(tasks, NOW)


FAILED: dict[str, Any] = {"exit_code": 3, "cause": "exit_code"}


def test_tasks_that_fail_now_and_did_not_before_are_named() -> None:
    before = of(task("a"), task("b", **FAILED), task("c", **FAILED), task("gone"))
    after = of(task("a", **FAILED), task("b"), task("c", **FAILED), task("new", **FAILED))
    found = task_changes(before, after)
    assert [(each.item, each.cause, each.exit_code) for each in found.failed] == [
        ("a", "exit_code", 3),
        ("new", "exit_code", 3),
    ]
    assert [each.item for each in found.mended] == ["b"]
    assert (found.still_failed, found.added, found.removed) == (1, 1, 1)
    assert found.counts == ((2, 4), (1, 4))
    assert not found.is_none


def test_a_task_is_known_by_its_item_whatever_its_id() -> None:
    moved = replace(task("a"), task_id="count-7")
    assert task_changes(of(task("a")), of(moved)).is_none
    without = [replace(task(""), task_id=name) for name in ("x", "y")]
    assert task_changes(of(*without), of(*without)).is_none


def test_templates_that_got_slower_or_faster_are_told_with_their_medians() -> None:
    before = of(task("a", 10), task("b", 12), task("m", 30, template="merge"), task("s", 10, template="same"))
    after = of(task("a", 20), task("b", 30), task("m", 20, template="merge"), task("s", 10.9, template="same"))
    slower, faster = task_changes(before, after).templates
    assert (slower.template, slower.tasks, slower.medians, slower.is_slower) == ("count", 2, (11, 25), True)
    assert (slower.longest, slower.longest_task) == ((12, 30), "count-b")
    assert (faster.template, faster.medians, faster.is_slower) == ("merge", (30, 20), False)
    assert task_changes(before, after).seconds == (30, 30)


def test_of_tasks_that_failed_or_were_tried_again_no_time_is_compared() -> None:
    again = task("a", 99, tried_again=True, job_id="old", **FAILED)
    before, after = of(again, task("a", 10)), of(task("a", 500, **FAILED))
    found = task_changes(before, after)
    assert (found.templates, [each.item for each in found.failed]) == ((), ["a"])


def test_what_nobody_watched_is_not_compared() -> None:
    added = TaskHistory().with_added([task("a")])
    assert task_changes(of(task("a")), added).why_unknown == "the tasks of the second run were not watched"
    assert task_changes(added, added).why_unknown == "the tasks of the first run were not watched"
