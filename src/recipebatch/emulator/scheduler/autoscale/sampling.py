"""The methods of a metric: `GetSample`, `GetSamplePercent`, `GetSamplePeriod`, `Count`, `HistoryBeginTime`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from recipebatch.emulator.scheduler.autoscale.operators import binary, unary
from recipebatch.emulator.scheduler.autoscale.values import TimeInterval, Timestamp, Value, type_name

if TYPE_CHECKING:
    from recipebatch.emulator.scheduler.autoscale.samples import Samples

NAMES: Final = frozenset(("GetSample", "GetSamplePercent", "GetSamplePeriod", "Count", "HistoryBeginTime"))
_FRAME_LIMIT: Final = 2


class InsufficientSamplesError(ValueError):
    """A time frame holds fewer samples than a formula requires."""


def call(metric: str, name: str, arguments: tuple[Value, ...], samples: Samples, now: Timestamp) -> Value:
    """Call a method of `NAMES` on a metric.

    Raises:
        InsufficientSamplesError: fewer samples than the percentage; message as in "Pool autoscale event".
        ValueError: the arguments are invalid. The message text is unverified.
    """
    if name == "GetSample":
        return _get_sample(metric, arguments, samples, now)
    if name == "GetSamplePercent":
        return samples.percent(metric, *_frame(name, arguments, arguments, now), now)
    if arguments:
        raise _invalid_arguments(name, arguments)
    if name == "GetSamplePeriod":
        return samples.period_interval
    if name == "Count":
        return float(samples.count(metric, now))
    # The oldest sample of a metric without samples: now (unverified).
    return samples.begin(metric, now) or now


def _get_sample(metric: str, arguments: tuple[Value, ...], samples: Samples, now: Timestamp) -> Value:
    """`GetSample(count)`, `GetSample(start [, percent])`, `GetSample(start, end [, percent])`.

    A count or frame without samples gives an empty vector: sample formulas call `max(0, $PendingTasks.GetSample(1))`
    on new pools. Without a percentage none is required (the article).
    """
    if len(arguments) == 1 and isinstance(arguments[0], float):
        count = arguments[0]
        # Counts are cut to whole numbers (unverified).
        if not (math.isfinite(count) and count >= 0):
            raise ValueError(f"GetSample cannot return {count:g} samples")
        return samples.newest(metric, int(count), now)
    times = arguments
    percent = None
    if len(arguments) > 1 and isinstance(arguments[-1], float):
        times, percent = arguments[:-1], arguments[-1]
    start, end = _frame("GetSample", times, arguments, now)
    received = samples.percent(metric, start, end, now)
    if percent is not None and received < percent:
        raise InsufficientSamplesError(
            f"Insufficient data from data set: {metric} wanted {percent:g}%, received {received:g}%"
        )
    return samples.between(metric, start, end, now)


def _frame(
    name: str, times: tuple[Value, ...], arguments: tuple[Value, ...], now: Timestamp
) -> tuple[Timestamp, Timestamp]:
    """The two ends of a time frame: an interval counts back from now, a missing end is now.

    The article gives both `(1 minute, 6 minutes)` and names its first parameter `startTime`; both orders are accepted.
    """
    moments = [_moment(value, now) for value in times]
    found = [moment for moment in moments if moment is not None]
    if not found or len(found) != len(moments) or len(moments) > _FRAME_LIMIT:
        raise _invalid_arguments(name, arguments)
    return min(*found, now) if len(found) == 1 else min(found), max(*found, now) if len(found) == 1 else max(found)


def _moment(value: Value, now: Timestamp) -> Timestamp | None:
    if isinstance(value, TimeInterval):
        back = binary("+", now, unary("-", value))
        return back if isinstance(back, Timestamp) else None
    return value if isinstance(value, Timestamp) else None


def _invalid_arguments(name: str, arguments: tuple[Value, ...]) -> ValueError:
    return ValueError(f"Method {name} is not defined for ({', '.join(type_name(value) for value in arguments)})")
