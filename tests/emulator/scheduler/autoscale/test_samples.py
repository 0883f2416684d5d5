from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.scheduler.autoscale import PoolSizes, Samples, evaluate
from recipebatch.emulator.scheduler.autoscale.values import Timestamp, timestamp_of

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


def test_a_count_gives_the_newest_samples_oldest_first() -> None:
    assert value("$RunningTasks.GetSample(1)", filled(10)) == "[10]"
    assert value("$RunningTasks.GetSample(3)", filled(10)) == "[8,9,10]"
    assert value("$RunningTasks.GetSample(100)", filled(2)) == "[1,2]"
    assert value("$RunningTasks.GetSample(0)", filled(2)) == "[]"
    assert value("$RunningTasks.GetSample(1)", Samples()) == "[]"


def test_samples_are_read_only_when_old_enough() -> None:
    late = filled(10, delay=timedelta(minutes=1))
    assert value("$RunningTasks.GetSample(2)", late) == "[7,8]"
    assert value("$RunningTasks.Count()", late) == "8"


def test_pending_tasks_are_active_and_running_ones_unless_they_are_given() -> None:
    samples = Samples()
    samples.add(NOW, {"$ActiveTasks": 3, "$RunningTasks": 4})
    assert value("$PendingTasks.GetSample(1)", samples) == "[7]"
    samples.add(NOW + HALF_MINUTE, {"$ActiveTasks": 3, "$RunningTasks": 4, "$PendingTasks": 9})
    assert samples.newest("$PendingTasks", 5, timestamp_of(NOW + HALF_MINUTE)) == (7.0, 9.0)


def test_a_name_that_is_no_metric_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\$RuningTasks: no metric"):
        Samples().add(NOW, {"$RuningTasks": 1})
    with pytest.raises(ValueError, match="no negative delay"):
        Samples(delay=-HALF_MINUTE)


def test_a_clock_that_was_set_back_takes_the_later_samples_along() -> None:
    samples = filled(10)
    samples.add(NOW - timedelta(minutes=2), {"$RunningTasks": 99})
    assert value("$RunningTasks.GetSample(3)", samples) == "[4,5,99]"


@given(st.integers(0, 60), st.integers(1, 12))
def test_a_ring_keeps_the_newest_samples_and_no_more(count: int, capacity: int) -> None:
    samples = filled(count, capacity=capacity)
    everything = tuple(float(index + 1) for index in range(count))
    now = timestamp_of(NOW)
    assert samples.newest("$RunningTasks", 1000, now) == everything[-capacity:]
    assert samples.between("$RunningTasks", Timestamp(0), now, now) == everything[-capacity:]
    assert samples.count("$RunningTasks", now) == min(count, capacity)
    assert 0 <= samples.percent("$RunningTasks", Timestamp(0), now, now) <= 100
