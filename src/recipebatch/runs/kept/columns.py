"""Many equal records as text: a column for each field, repeated texts written once, compressed.

A hundred thousand tasks have to fit beside a run's record, in less than a hundred bytes each.
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES = 256 * 1024 * 1024
"""What is longer when it is unpacked is not read: anyone with access to the storage account can have written it."""

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def packed(columns: dict[str, Any]) -> str:
    """Columns as text."""
    plain = json.dumps(columns, ensure_ascii=True, separators=(",", ":"))
    return base64.b64encode(zlib.compress(plain.encode("ascii"), 6)).decode("ascii")


def unpacked(text: str) -> Any:
    """The inverse of `packed`.

    Raises:
        ValueError: it is something else, or too long.
    """
    reader = zlib.decompressobj()
    try:
        plain = reader.decompress(base64.b64decode(text, validate=True), MAX_BYTES)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if reader.unconsumed_tail or not reader.eof:
        raise ValueError("it is too long or cut off")
    return json.loads(plain)


def text_column(values: Sequence[str | None]) -> list[Any]:
    """Texts, each of which may occur often: the different ones, then their positions."""
    different: dict[str | None, int] = {}
    places = [different.setdefault(value, len(different)) for value in values]
    return [list(different), places]


def texts(column: Any) -> list[str | None]:
    """The inverse of `text_column`.

    Raises:
        ValueError: it is something else.
    """
    different, places = column
    if not all(value is None or isinstance(value, str) for value in different):
        raise ValueError("a text is none")
    if any(place < 0 for place in places):
        raise ValueError("a position is negative")
    return [different[place] for place in places]


def kept_time(time: datetime | None) -> datetime | None:
    """A time in whole milliseconds, as a column has it: what is read again must be equal to what is seen again."""
    return None if time is None else time.replace(microsecond=time.microsecond // 1000 * 1000)


def time_column(values: Sequence[datetime | None]) -> list[int | None]:
    """Times as milliseconds since the one before; None where there is none."""
    before = 0
    column: list[int | None] = []
    for value in values:
        if value is None:
            column.append(None)
            continue
        now = (value - _EPOCH) // _MILLISECOND
        column.append(now - before)
        before = now
    return column


def times(column: Any) -> list[datetime | None]:
    """The inverse of `time_column`.

    Raises:
        ValueError: it is something else.
        OverflowError: a time is out of range.
    """
    now = 0
    found: list[datetime | None] = []
    for step in column:
        if step is None:
            found.append(None)
            continue
        now += int(step)
        found.append(_EPOCH + now * _MILLISECOND)
    return found
