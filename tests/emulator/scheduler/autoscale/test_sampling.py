from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recipebatch.emulator.scheduler.autoscale import PoolSizes, Samples, evaluate

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HALF_MINUTE = timedelta(seconds=30)


def filled(count: int, *, missing: int = 0, delay: timedelta = timedelta(0), capacity: int = 2880) -> Samples:
    """Samples 1, 2, ... of running tasks, one per half minute; the newest `missing` were never taken."""
    samples = Samples(delay=delay, capacity=capacity)
    for index in range(count):
        samples.add(NOW - HALF_MINUTE * (count - 1 - index + missing), {"$RunningTasks": index + 1})
    return samples


def value(expression: str, samples: Samples) -> str:
    answer = evaluate(f"x = {expression}", now=NOW, samples=samples, current=PoolSizes())
    assert answer.error is None, answer.error
    return answer.results.rpartition(";x=")[2]


def test_ten_minutes_hold_twenty_samples_and_eighteen_if_the_last_minute_is_missing() -> None:
    assert value("len($RunningTasks.GetSample(TimeInterval_Minute * 10))", filled(40)) == "20"
    assert value("len($RunningTasks.GetSample(TimeInterval_Minute * 10))", filled(40, missing=2)) == "18"
    assert value("$RunningTasks.GetSamplePercent(TimeInterval_Minute * 10)", filled(40, missing=2)) == "90"
    assert value("len($RunningTasks.GetSample(TimeInterval_Minute * 10, 80))", filled(40, missing=2)) == "18"


def test_a_percentage_that_is_not_there_is_the_documented_error() -> None:
    formula = "\n\n  x = $RunningTasks.GetSample(TimeInterval_Minute * 10, 95)"
    answer = evaluate(formula, now=NOW, samples=filled(40, missing=2), current=PoolSizes(target_low_priority=6))
    assert answer.error is not None
    assert answer.error.code == "InsufficientSampleData"
    assert answer.error.message == "Autoscale evaluation failed due to insufficient sample data"
    assert answer.error.values == (
        ("Message", "Line 3, Col 7: Insufficient data from data set: $RunningTasks wanted 95%, received 90%"),
    )
    assert answer.target_low_priority == 6


def test_a_frame_can_have_two_ends_in_either_order_and_moments_as_ends() -> None:
    samples = filled(20)
    assert (
        value("$RunningTasks.GetSample(1 * TimeInterval_Minute, 3 * TimeInterval_Minute)", samples) == "[15,16,17,18]"
    )
    assert (
        value("$RunningTasks.GetSample(3 * TimeInterval_Minute, 1 * TimeInterval_Minute)", samples) == "[15,16,17,18]"
    )
    since = "time() + (-1 * TimeInterval_Minute)"
    assert value(f"$RunningTasks.GetSample({since})", samples) == "[19,20]"
    assert value(f"$RunningTasks.GetSample(TimeInterval_Minute * 2, {since}, 100)", samples) == "[17,18]"
    assert value("$RunningTasks.GetSamplePercent(TimeInterval_Zero, TimeInterval_Minute * 20)", samples) == "50"


def test_a_metric_has_a_count_a_period_and_a_beginning() -> None:
    assert value("$RunningTasks.Count()", filled(7)) == "7"
    assert value("$RunningTasks.Count()", Samples()) == "0"
    assert value("$RunningTasks.GetSamplePeriod() == 30 * TimeInterval_Second", Samples()) == "1"
    assert value("$RunningTasks.HistoryBeginTime()", filled(3)) == "2026-11-20T11:59:00.000Z"
    assert value("$RunningTasks.HistoryBeginTime()", Samples()) == "2026-11-20T12:00:00.000Z"


def test_a_metric_without_a_method_is_its_newest_sample() -> None:
    assert value("$RunningTasks * 2", filled(7)) == "14"
    answer = evaluate("x = $RunningTasks", now=NOW, samples=Samples(), current=PoolSizes())
    assert answer.error is not None
    assert answer.error.code == "InsufficientSampleData"


@pytest.mark.parametrize("arguments", ["-1", "1/0", "1, 2", '"a"', "time(), time(), time()", "[1]"])
def test_other_arguments_are_refused(arguments: str) -> None:
    formula = f"x = $RunningTasks.GetSample({arguments})"
    answer = evaluate(formula, now=NOW, samples=filled(3), current=PoolSizes())
    assert answer.error is not None
    assert answer.error.code == "AutoScalingFormulaEvaluationError"
