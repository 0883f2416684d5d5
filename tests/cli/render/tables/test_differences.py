from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from recipebatch.api import RunDifference
from recipebatch.cli.render.tables import difference_text
from recipebatch.runs import ChangedTask, ChangedTemplate, TaskChanges

NOW = datetime(2026, 1, 3, 12, tzinfo=UTC)
SAME = RunDifference(
    runs=("r1", "r2"),
    created=("2026-01-02T12:00:00+00:00", "2026-01-03T11:55:00+00:00"),
    recipe="",
    parameters={},
    files={"added": [], "removed": [], "changed": []},
    outcome={},
)


def failed(number: int) -> ChangedTask:
    return ChangedTask(task_id=f"t{number}", template="count", item=f"item {number}", cause="exit_code", exit_code=3)


def test_two_equal_runs_are_told_with_their_ages() -> None:
    assert difference_text(SAME, NOW).splitlines() == ["run r1: 1d ago", "run r2: 5m ago", "no difference"]


def test_what_fails_now_and_what_got_slower_comes_first() -> None:
    template = ChangedTemplate(
        template="count", tasks=3000, medians=(12, 20), longest=(40, 200), longest_task="count-0007"
    )
    tasks = TaskChanges(
        failed=(failed(1), ChangedTask(task_id="m", template="m", item="", cause="blocked", exit_code=None)),
        failed_total=2,
        mended=tuple(map(failed, range(2, 14))),
        mended_total=12,
        still_failed=1,
        added=1,
        removed=2,
        templates=(template, replace(template, template="merge", medians=(30.0, 20.0))),
        seconds=(2530, None),
        counts=((2990, 3000), (2995, 3000)),
    )
    found = replace(
        SAME,
        tasks=tasks,
        parameters={"n": [1, 2]},
        outcome={"verdict": ["failed", "succeeded"]},
        files={"added": [], "removed": [], "changed": [f"in/{number}" for number in range(12)]},
    )
    assert difference_text(found, NOW).splitlines() == [
        "run r1: 1d ago, 2,990 of 3,000 tasks succeeded, 42m10s from the first task to the last",
        "run r2: 5m ago, 2,995 of 3,000 tasks succeeded",
        "2 tasks fail now and did not before:",
        "  t1 (item 1): exit code 3",
        "  m: blocked",
        "12 tasks failed before and not now: t2, t3, t4, t5, t6, t7, t8, t9, t10, t11 and 2 more",
        "1 task fails in both",
        "1 task only in the second run",
        "2 tasks only in the first run",
        "slower: count, median of 3,000 tasks 12s -> 20s (+67 %), longest 40s -> 3m20s (count-0007)",
        "faster: merge, median of 3,000 tasks 30s -> 20s (-33 %), longest 40s -> 3m20s (count-0007)",
        "verdict: failed -> succeeded",
        "-p n: 1 -> 2",
        *(f"changed: in/{number}" for number in range(10)),
        "changed: and 2 more files",
        "the recipe is the same",
    ]


def test_the_recipe_is_a_diff_and_what_is_not_known_is_said() -> None:
    unknown = TaskChanges(why_unknown="the tasks of the first run were not watched")
    lines = difference_text(replace(SAME, recipe="-a\n+b\n", tasks=unknown), NOW).splitlines()
    assert lines[2:] == ["tasks are not compared: the tasks of the first run were not watched", "-a", "+b"]
