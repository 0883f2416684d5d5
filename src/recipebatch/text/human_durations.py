"""Durations as people and ISO 8601 write them: `PT1H30M`, `1h30m`, `45s`, `2d`."""

from __future__ import annotations

import re
from datetime import timedelta

_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_ISO = re.compile(rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?\Z")
_FRIENDLY = re.compile(rf"(?:{_NUMBER}w)?(?:{_NUMBER}d)?(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s)?\Z")
_UNITS = (timedelta(weeks=1), timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))

EXAMPLES = "PT1H30M or 1h30m, 45s, 2d"


def parse_duration(text: str) -> timedelta:
    """Read a duration in weeks, days, hours, minutes and seconds; months and years have no fixed length.

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
        raise ValueError(f"{text!r} is longer than a duration can be") from None
