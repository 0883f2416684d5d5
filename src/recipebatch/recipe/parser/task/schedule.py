"""`schedule:` of a job → ScheduleSpec."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.recipe.model import ScheduleSpec, value_types
from recipebatch.vocabulary import limits

if TYPE_CHECKING:
    from recipebatch.recipe.parser.section_reader import Reader
    from recipebatch.recipe.source.document import Node


def schedule(job: Node | None, reader: Reader) -> ScheduleSpec | None:
    """`schedule:`."""
    node = job.get("schedule") if job is not None else None
    if node is None:
        return None
    interval, window = (
        value_types.duration(limits.MIN_RECURRENCE_INTERVAL),
        value_types.duration(limits.MIN_START_WINDOW),
    )
    return ScheduleSpec(
        at=node.at,
        recurrence_interval=reader.setting(node, "recurrence_interval", interval, None),
        start_window=reader.setting(node, "start_window", window, None),
        do_not_run_until=reader.setting(node, "do_not_run_until", instant, None),
        do_not_run_after=reader.setting(node, "do_not_run_after", instant, None),
    )


def instant(value: object) -> datetime:
    """A time with its zone, in ISO 8601; without a zone it is UTC."""
    text = value_types.some_text(value)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        hint = "write 2030-01-31T06:00:00Z"
        raise value_types.WrongValueError(
            f"must be a time in ISO 8601, not {value_types.shown(text)}", code="invalid-time", hint=hint
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
