"""Failed tasks in groups that say the same."""

from __future__ import annotations

from typing import Any

from reported_runs import a_failure, a_task

from recipebatch.pages.failures import EXAMPLES, groups_of
from recipebatch.pages.model import State

FAILED: dict[str, Any] = {"state": State.FAILED, "cause": "exit_code", "code": "FailureExitCode"}


def test_failures_that_say_the_same_are_one_group_with_examples() -> None:
    tasks = [a_task(f"t{place}", exit_code=3, **FAILED) for place in range(9)]
    tasks += [a_task("m1", exit_code=137, template="merge", **FAILED), a_task("fine")]
    kept = [a_failure(f"t{place}") for place in range(7)] + [a_failure("m1", exit_code=137)]
    groups = groups_of(kept, tasks)
    # The two whose output is not kept are counted beside those that failed alike.
    assert [(group.template, group.exit_code, group.count) for group in groups] == [("count", 3, 9), ("merge", 137, 1)]
    assert len(groups[0].examples) == EXAMPLES
    assert groups[0].examples[0].stderr.endswith("ValueError: no words")


def test_messages_that_differ_in_their_item_and_numbers_are_one_group() -> None:
    kept = [a_failure(name, item=f"{name}.txt", message=f"{name}.txt: {len(name)} bytes") for name in ("a", "bb")]
    (group,) = groups_of(kept, [])
    assert (group.count, group.message) == (2, "a.txt: 1 bytes")
    kept = [a_failure(name, item=name, message="bad input") for name in ("a", "b")]
    assert [group.count for group in groups_of(kept, [])] == [2]


def test_a_failure_of_which_nothing_is_kept_is_a_group_of_its_own() -> None:
    (group,) = groups_of([], [a_task("t1", exit_code=9, item="a", **FAILED), a_task("fine")])
    assert (group.count, group.exit_code, group.message) == (1, 9, "")
    assert (group.examples[0].name, group.examples[0].item) == ("t1", "a")
    assert group.examples[0].left_out


def test_what_was_tried_again_stands_last_and_counts_for_itself() -> None:
    kept = [a_failure("t1", tried_again=True), a_failure("t2", tried_again=True), a_failure("t3", code="Other")]
    groups = groups_of(kept, [])
    assert [(group.code, group.count, group.tried_again) for group in groups] == [
        ("Other", 1, False),
        ("FailureExitCode", 2, True),
    ]


def test_start_tasks_and_preparations_are_named_by_what_they_prepare() -> None:
    kept = [
        a_failure("", job_id="", kind="start task", node_id="n7", pool_id="p1"),
        a_failure("", kind="job preparation task"),
    ]
    names = [example.name for group in groups_of(kept, []) for example in group.examples]
    assert names == ["start task of node n7", "preparation of job job-1"]
