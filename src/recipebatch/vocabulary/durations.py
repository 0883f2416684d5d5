"""Durations: as the service reads and writes them, in ticks of 100 ns, and as people write them, as `timedelta`.

The service takes ISO 8601 with years and months and counts in .NET's ticks; a recipe takes `PT1H30M` and `1h30m`.
"""

from __future__ import annotations

import re
from datetime import timedelta

TICKS_PER_SECOND = 10_000_000
NO_LIMIT = 2**63 - 1
"""The longest duration there is, `P10675199DT2H48M5.4775807S`: how the service writes "no limit" (recorded answers)."""

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.(?P<fraction>\d+))?S)?)?\Z",
    re.ASCII,
)
_LONGEST = 100
"""Characters of a duration; `NO_LIMIT` has 25."""
_SECONDS = {
    "years": 365 * 86_400,
    "months": 30 * 86_400,
    "weeks": 7 * 86_400,
    "days": 86_400,
    "hours": 3600,
    "minutes": 60,
}

LONGEST = timedelta(days=3650)
"""The longest duration of a recipe or an option: the times of a run that are counted from now must be dates."""

LONGEST_RUN = timedelta(days=36_500)
"""The longest that all jobs of a run may last one after the other, for the same reason."""

_NUMBER = r"([0-9]{1,18}(?:\.[0-9]{1,9})?)"
_ISO = re.compile(rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?\Z")
_FRIENDLY = re.compile(rf"(?:{_NUMBER}w)?(?:{_NUMBER}d)?(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s)?\Z")
_UNITS = (timedelta(weeks=1), timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))

EXAMPLES = "PT1H30M or 1h30m, 45s, 2d"


def parse_ticks(text: str) -> int:
    """Read a duration such as `PT1H`, `PT01H00M00S`, `P1D` or `P3Y6M4DT12H30M5S`: ticks, at most `NO_LIMIT`.

    A year counts as 365 days and a month as 30, as .NET reads them.

    Raises:
        ValueError: the text is no duration.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a text of {len(text)} characters is not an ISO 8601 duration such as PT15M or P7D")
    match = _DURATION.match(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as PT15M or P7D")
    parts = match.groupdict()
    seconds = sum(int(parts[name] or 0) * factor for name, factor in _SECONDS.items()) + int(parts["seconds"] or 0)
    fraction = int(((parts["fraction"] or "") + "0" * 7)[:7])
    ticks = min(seconds * TICKS_PER_SECOND + fraction, NO_LIMIT)
    return -ticks if parts["sign"] else ticks


def format_ticks(ticks: int) -> str:
    """Write ticks in the normal form: `PT1H`, `P7D`, `PT0S`."""
    seconds, fraction = divmod(abs(ticks), TICKS_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    second_text = f"{seconds}.{fraction:07d}".rstrip("0") if fraction else str(seconds)
    date = f"{days}D" if days else ""
    time = "".join(
        f"{value}{letter}"
        for value, letter in ((hours, "H"), (minutes, "M"), (second_text, "S"))
        if value not in (0, "0")
    )
    if not date and not time:
        return "PT0S"
    return f"{'-' if ticks < 0 else ''}P{date}{'T' + time if time else ''}"


def parse_timedelta(text: str) -> timedelta:
    """Read a duration in weeks, days, hours, minutes and seconds; months and years have no fixed length.

    One that is longer than a `timedelta` can be is the longest there is.

    Raises:
        ValueError: the text is none.
    """
    compact = text.strip()
    match = _ISO.match(compact.upper()) or _FRIENDLY.match(compact.lower().replace(" ", ""))
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is not a duration such as {EXAMPLES}")
    try:
        return sum(
            (unit * float(number) for unit, number in zip(_UNITS, match.groups(), strict=True) if number),
            start=timedelta(),
        )
    except OverflowError:
        return timedelta.max


def longest_text(longest: timedelta) -> str:
    """`3650 days`, `15 minutes`: a maximum, for errors."""
    return f"{longest.days} days" if longest.days else f"{int(longest.total_seconds() // 60)} minutes"


def option_duration(text: str, unit: timedelta = _UNITS[-1]) -> timedelta:
    """A duration of the command line, as recipes have it; a number alone counts in a unit, and may be 0.

    Raises:
        ValueError: it is none, or longer than `LONGEST`.
    """
    if re.fullmatch(_NUMBER, text):
        seconds = min(float(text) * unit.total_seconds(), timedelta.max.total_seconds() // 2)
        found = timedelta(seconds=seconds)
    else:
        found = parse_timedelta(text)
    if found > LONGEST:
        raise ValueError(f"must be at most {longest_text(LONGEST)}, not {text!r}")
    return found


def span(time: timedelta) -> str:
    """`7 days`, `30 hours 20 minutes`: a time for a person to read, without its seconds."""
    minutes = int(time.total_seconds()) // 60
    parts = [(minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute")]
    return (
        " ".join(f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count) or "less than a minute"
    )


def limit_text(time: timedelta) -> str:
    """`25 s`, `30 minutes`: how long something may take; whole minutes are written as such, others in seconds."""
    whole, rest = divmod(timedelta(seconds=round(time.total_seconds())), timedelta(minutes=1))
    return span(timedelta(minutes=whole)) if whole and not rest else f"{time.total_seconds():,.0f} s"


_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TENTHS_BELOW = 10


def age(time: timedelta) -> str:
    """`45s`, `5m`, `3h`, `2d`: how long ago something was, in the largest unit; for tables."""
    seconds = max(0, int(time.total_seconds()))
    for unit, letter in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if seconds >= unit:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def short_duration(time: timedelta) -> str:
    """`0.3s`, `45s`, `3m20s`, `2h05m`, `3d04h`: how long something took, in two units at most; for tables."""
    exact = max(0.0, time.total_seconds())
    if round(exact, 1) < _TENTHS_BELOW:
        return f"{exact:.1f}s"
    seconds = round(exact)
    if seconds < _MINUTE:
        return f"{seconds}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m{seconds % _MINUTE:02d}s"
    if seconds < _DAY:
        return f"{seconds // _HOUR}h{seconds % _HOUR // _MINUTE:02d}m"
    return f"{seconds // _DAY}d{seconds % _DAY // _HOUR:02d}h"
