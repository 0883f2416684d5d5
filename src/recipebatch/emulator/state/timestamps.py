"""The service's formats of times: ticks of 100 ns since the year 1 (UTC), ISO 8601, ETags and HTTP dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

_TICKS_PER_SECOND = 10_000_000
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
UNIX_EPOCH_TICKS = 621_355_968_000_000_000
"""Ticks of 1970-01-01."""

LAST_TICK = 3_155_378_975_999_999_999
"""Ticks of 9999-12-31T23:59:59.9999999Z, the last time that can be written."""
_LONGEST = 64
"""Characters of a time; all forms of one are shorter."""

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?\Z", re.ASCII | re.IGNORECASE
)


def from_datetime(moment: datetime) -> int:
    """Ticks of a time; without a time zone it is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware.astimezone(UTC) - _YEAR_ONE
    return (delta.days * 86_400 + delta.seconds) * _TICKS_PER_SECOND + delta.microseconds * 10


def to_datetime(ticks: int) -> datetime:
    """The time in UTC, truncated to microseconds; a time before the year 1 or after 9999 becomes the nearest one."""
    return _YEAR_ONE + timedelta(microseconds=_writable(ticks) // 10)


def format_instant(ticks: int) -> str:
    """Format as `2025-09-04T20:53:31.699593Z`: up to 7 digits, trailing zeros dropped (recorded answers).

    A time before the year 1 or after 9999 becomes the nearest one.
    """
    seconds, fraction = divmod(_writable(ticks), _TICKS_PER_SECOND)
    text = (_YEAR_ONE + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{fraction:07d}".rstrip("0") + "Z" if fraction else text + "Z"


def _writable(ticks: int) -> int:
    return min(max(ticks, 0), LAST_TICK)


def parse_instant(text: str) -> int:
    """Parse an ISO 8601 or RFC 1123 date to ticks.

    Raises:
        ValueError: the text is neither, or the time is outside of the years 1 to 9999.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a text of {len(text)} characters is not a date and time")
    match = _ISO.match(text.strip())
    if match is None:
        try:
            return from_datetime(parsedate_to_datetime(text.strip()))
        except (TypeError, ValueError, IndexError, OverflowError):
            raise ValueError(f"{text!r} is not a date and time") from None
    date, time, fraction, zone = match.groups()
    offset = "+00:00" if zone is None or zone.upper() == "Z" else zone
    try:
        whole = from_datetime(datetime.fromisoformat(f"{date}T{time or '00:00'}{offset}"))
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a date and time between the years 1 and 9999") from None
    return whole + int(((fraction or "") + "0" * 7)[:7])


def etag(ticks: int) -> str:
    """`0x` and the ticks of the last modification in upper-case hex, unquoted (recorded answers)."""
    return f"0x{ticks:X}"


def http_date(ticks: int) -> str:
    """RFC 1123, truncated to seconds, not rounded (recorded answers)."""
    return format_datetime(to_datetime(ticks).replace(microsecond=0), usegmt=True)
