"""How long tasks ran, by template, and how many ran at once."""

from __future__ import annotations

import pytest
from reported_runs import T0, a_task

from recipebatch.pages.durations import BINS, by_template, durations_of, histogram, most_at_once
from recipebatch.pages.model import State


def test_durations_are_those_of_the_tasks_that_have_run_to_an_end() -> None:
    tasks = [a_task(f"t{place}", ran=float(place + 1)) for place in range(20)]
    tasks += [a_task("running", ran=None, state=State.RUNNING), a_task("waiting", None, state=State.WAITING)]
    found = durations_of("count", tasks)
    assert (found.tasks, found.ran, found.counts[State.WAITING]) == (22, 20, 1)
    assert (found.least, found.median, found.mean, found.p95, found.most) == (1, 10.5, 10.5, 19, 20)
    assert found.total == 210
    assert [task.id for task in found.slowest] == [f"t{place}" for place in range(19, 9, -1)]
    assert sum(count for _, count in found.bins) == 20


def test_templates_stand_in_the_order_in_which_they_come() -> None:
    tasks = [a_task("a", template="count"), a_task("b", template="merge"), a_task("c", template="count")]
    assert [(found.template, found.ran) for found in by_template(tasks)] == [("count", 2), ("merge", 1)]


def test_tasks_that_never_ran_have_no_durations() -> None:
    found = durations_of("count", [a_task("a", None, state=State.WAITING)])
    assert (found.ran, found.median, found.bins, found.slowest) == (0, None, (), ())


def test_a_histogram_has_every_value_once() -> None:
    bins = histogram([0.0, 1.0, 31.9, 32.0])
    assert len(bins) == BINS
    assert [(place, count) for place, (_, count) in enumerate(bins) if count] == [(0, 1), (1, 1), (31, 2)]
    assert histogram([2.0, 2.0]) == ((2.0, 2),)


@pytest.mark.parametrize(
    ("tasks", "most"),
    [
        ([], None),
        ([a_task("a", None)], None),
        ([a_task("a", 0, 5), a_task("b", 5, 5)], (1, T0)),
        ([a_task("a", 0, 5), a_task("b", 4, None), a_task("c", 60, 1)], (2, T0 + 4)),
    ],
)
def test_the_most_tasks_at_the_same_time(tasks: list[object], most: object) -> None:
    assert most_at_once(tasks, T0 + 100) == most  # type: ignore[arg-type]
