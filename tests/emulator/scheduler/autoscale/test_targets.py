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


@pytest.mark.parametrize(("wanted", "nodes"), [("2.9", 2), ("0.5", 0), ("-0.5", 0), ("7", 7)])
def test_a_target_loses_its_fraction(wanted: str, nodes: int) -> None:
    answer = run(f"$TargetDedicatedNodes = {wanted}; $TargetLowPriority = {wanted}")
    assert (answer.target_dedicated, answer.target_low_priority) == (nodes, nodes)


def test_the_full_name_of_a_target_wins_over_its_alias() -> None:
    assert run("$TargetDedicatedNodes = 4; $TargetDedicated = 9").target_dedicated == 4


def test_targets_can_be_read_before_and_after_they_are_set() -> None:
    sizes = PoolSizes(target_dedicated=5, target_low_priority=2)
    formula = "a = $TargetDedicatedNodes + $TargetLowPriority; $TargetDedicatedNodes = 7.5; b = $TargetDedicated"
    assert run(formula, sizes).results.endswith(";a=7;b=7.5")
    assert run("x = $NodeDeallocationOption").results.endswith(";x=requeue")


@pytest.mark.parametrize("option", ["requeue", "terminate", "taskcompletion", "retaineddata"])
def test_each_deallocation_option_can_be_chosen(option: str) -> None:
    assert run(f"$NodeDeallocationOption = {option}").node_deallocation_option == option
