from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recipebatch.emulator.scheduler.autoscale import (
    AutoScaleRun,
    PoolSizes,
    Samples,
    evaluate,
)

NOW = datetime(2026, 11, 20, 12, 34, 56, 789000, tzinfo=UTC)  # a Friday


def run(formula: str, sizes: PoolSizes | None = None, samples: Samples | None = None) -> AutoScaleRun:
    return evaluate(formula, now=NOW, samples=samples or Samples(), current=sizes or PoolSizes())


def value(expression: str) -> str:
    answer = run(f"x = {expression}")
    assert answer.error is None, answer.error
    return answer.results.rpartition(";x=")[2]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("29 / 30 * 100", "96.6667"),
        ("1e9", "1e+09"),
        ("1 / 0", "inf"),
        ("-0", "0"),
        ("[1, 2.5, 3]", "[1,2.5,3]"),
        ('"text"', "text"),
        ("taskcompletion", "taskcompletion"),
        ("time()", "2026-11-20T12:34:56.789Z"),
        ("90 * TimeInterval_Second", "PT1M30S"),
    ],
)
def test_each_type_is_printed_in_its_way(expression: str, text: str) -> None:
    assert value(expression) == text
