"""Times of a task that follow from others."""

from __future__ import annotations

from reported_runs import a_task


def test_a_task_waited_until_its_last_try_and_ran_from_then() -> None:
    assert (a_task("a", 5, 2).waited, a_task("a", 5, 2).seconds) == (5, 2)
    assert (a_task("a", 5, None).waited, a_task("a", 5, None).seconds) == (5, None)
    assert (a_task("a", None).waited, a_task("a", 5, created=None).waited) == (None, None)


def test_clocks_that_disagree_give_no_negative_time() -> None:
    assert (a_task("a", -5, -2).waited, a_task("a", 5, -2).seconds) == (0, 0)
