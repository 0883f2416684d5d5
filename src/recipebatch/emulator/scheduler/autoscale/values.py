"""The types of values: double, doubleVec, string, timestamp, timeinterval; and their text form.

A double is a Python float, a doubleVec a tuple of floats, a string a str. A doubleVecList exists only as the arguments
of a function. There is no boolean: a comparison is the double 1 or 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from recipebatch.emulator.state import LAST_TICK, from_datetime, to_datetime
from recipebatch.vocabulary.durations import TICKS_PER_SECOND, format_ticks

LONGEST_INTERVAL: Final = 2**63 - 1
"""Ticks of 100 ns that 64 bits hold. That the service's intervals end there is unverified."""


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A time in UTC, in ticks of 100 ns since the year 1.

    Raises:
        ValueError: the time is outside the years 1 to 9999.
    """

    ticks: int

    def __post_init__(self) -> None:
        if not 0 <= self.ticks <= LAST_TICK:
            raise ValueError("The timestamp lies outside the years 1 to 9999")


@dataclass(frozen=True, slots=True, order=True)
class TimeInterval:
    """A duration in ticks of 100 ns; may be negative.

    Raises:
        ValueError: the interval is too long.
    """

    ticks: int

    def __post_init__(self) -> None:
        if abs(self.ticks) > LONGEST_INTERVAL:
            raise ValueError("The timeinterval is too long")


Value: TypeAlias = float | tuple[float, ...] | str | Timestamp | TimeInterval

_YEAR: Final = 365 * 86_400
INTERVALS: Final = {
    "TimeInterval_Zero": TimeInterval(0),
    "TimeInterval_100ns": TimeInterval(1),
    "TimeInterval_Microsecond": TimeInterval(10),
    "TimeInterval_Millisecond": TimeInterval(10_000),
    "TimeInterval_Second": TimeInterval(TICKS_PER_SECOND),
    "TimeInterval_Minute": TimeInterval(60 * TICKS_PER_SECOND),
    "TimeInterval_Hour": TimeInterval(3600 * TICKS_PER_SECOND),
    "TimeInterval_Day": TimeInterval(86_400 * TICKS_PER_SECOND),
    "TimeInterval_Week": TimeInterval(7 * 86_400 * TICKS_PER_SECOND),
    "TimeInterval_Year": TimeInterval(_YEAR * TICKS_PER_SECOND),
}
"""The constants of the article. That a year has 365 days is unverified."""

NODE_DEALLOCATION_OPTIONS: Final = ("requeue", "terminate", "taskcompletion", "retaineddata")
"""Keywords whose value is a string with the same text (unverified)."""

_TYPE_NAMES: Final = (
    (float, "double"),
    (tuple, "doubleVec"),
    (str, "string"),
    (Timestamp, "timestamp"),
    (TimeInterval, "timeinterval"),
)

_MONTH_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS: Final = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_W3C = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<hour>\d\d):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,7}))?)?(?P<zone>Z|[+-]\d\d:\d\d))?)?)?\Z",
    re.ASCII,
)
_RFC_1123 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ?)?(?P<day>\d{1,2}) (?P<month>[A-Za-z]{3}) (?P<year>\d{4}) "
    r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))? (?P<zone>GMT|UTC|Z|[+-]\d{4})\Z",
    re.ASCII,
)


def type_name(value: object) -> str:
    """The type's name in the article."""
    return next(name for kind, name in _TYPE_NAMES if isinstance(value, kind))


def format_value(value: Value) -> str:
    """Format a value as in `results`.

    A double has six significant digits, as C prints `%g` (`96.6667`, `0.5`, published answer of 2025), a vector is
    `[1,2,3]`, a timestamp ends with milliseconds (`2016-10-13T19:18:47.805Z`, the article). That an interval is printed
    as ISO 8601 is unverified.
    """
    if isinstance(value, float):
        # The service never shows a negative zero (unverified).
        return f"{value or 0.0:g}"
    if isinstance(value, tuple):
        return f"[{','.join(format_value(item) for item in value)}]"
    if isinstance(value, Timestamp):
        return to_datetime(value.ticks).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, TimeInterval):
        return format_ticks(value.ticks)
    return value


def timestamp_of(moment: datetime) -> Timestamp:
    """The timestamp of a Python moment; one without a zone is taken as UTC."""
    return Timestamp(from_datetime(moment))


def read_timestamp(text: str) -> Timestamp:
    """Read W3C-DTF (`2025`, `2025-01`, `2025-01-31`, `2025-01-31T08:00Z`, with seconds) or RFC 1123 (the article).

    More than seven digits of a second are refused: formulas with nine fail on the service (a public workflow engine's
    bug of 2023). That a zone is required after a time, and that a moment without one is UTC, is W3C-DTF's rule.

    Raises:
        ValueError: the text is neither.
    """
    match = _W3C.match(text) or _RFC_1123.match(text)
    if match is None:
        raise ValueError("The text is no W3C-DTF or RFC 1123 time")
    parts = match.groupdict()
    month = parts["month"] or "1"
    try:
        moment = datetime(
            int(parts["year"]),
            int(month) if month.isdigit() else _MONTHS[month.lower()],
            int(parts["day"] or 1),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            tzinfo=UTC,
        )
    except (KeyError, ValueError):
        raise ValueError("The text names a time that does not exist") from None
    fraction = int((parts.get("fraction") or "").ljust(7, "0"))
    return Timestamp(from_datetime(moment) + fraction - _offset(parts["zone"]) * TICKS_PER_SECOND)


def _offset(zone: str | None) -> int:
    """Offset of a time zone from UTC in seconds."""
    if zone is None or zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "")
    ahead = int(timedelta(hours=int(digits[:2]), minutes=int(digits[2:])).total_seconds())
    return -ahead if zone[0] == "-" else ahead


def member(value: Value, name: str) -> float | None:
    """A part of a timestamp, or None if there is no part of that name.

    `weekday` is 1 on Monday (the article) and 7 on Sunday: a formula of an Azure project calls 6 and 7 the weekend
    (that Sunday is 7 and not 0 is unverified).
    """
    if not isinstance(value, Timestamp):
        return None
    moment = to_datetime(value.ticks)
    parts = {
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "weekday": moment.isoweekday(),
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
    }
    part = parts.get(name)
    return None if part is None else float(part)
