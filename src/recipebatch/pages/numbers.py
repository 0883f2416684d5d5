"""Numbers, durations and moments as the pages write them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

MISSING = "\N{EN DASH}"
"""What stands where a value is not known."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TENTHS = 100
"""Below so many seconds a duration has its decimals."""


def seconds_text(seconds: float | None) -> str:
    """`0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 04 min`, `3 d 04 h`; what is not known as a dash."""
    if seconds is None:
        return MISSING
    if seconds < 10:  # noqa: PLR2004 - one digit before the point, two after it
        return f"{seconds:.2f} s"
    if round(seconds, 1) < _TENTHS:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY:,} d {whole % _DAY // _HOUR:02d} h"


def whole_seconds_text(seconds: float | None) -> str:
    """The same of times that are known to the second: `< 1 s`, `4 s`."""
    if seconds is None:
        return MISSING
    whole = round(seconds)
    if whole < _TENTHS:
        return f"{whole} s" if whole > 0 else "< 1 s"
    return seconds_text(whole)


def moment_text(moment: float | None) -> str:
    """`2026-01-02 03:04:05`, in UTC; what is not known as a dash."""
    return MISSING if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"


def moment_iso(moment: float | None) -> str | None:
    """`2026-01-02T03:04:05.678+00:00`."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def moment_of(text: str | None) -> float | None:
    """The inverse, of any ISO 8601 with a time zone; what is none is None."""
    try:
        return None if not text else datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def count_text(count: float) -> str:
    """`12,345`."""
    return f"{count:,.0f}"


def share_text(part: float, whole: float) -> str:
    """`12 %`, `< 1 %`; a dash of nothing."""
    if not whole:
        return MISSING
    share = 100 * part / whole
    return "< 1 %" if 0 < share < 1 else f"{share:.0f} %"
