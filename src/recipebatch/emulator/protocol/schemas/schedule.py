"""What the body of a request about job schedules may contain; see `entities.py`."""

from __future__ import annotations

from typing import Any

from recipebatch.emulator.protocol.schemas.core import JOB_ADD
from recipebatch.emulator.protocol.validation import ObjectSchema, Property, duration, identifier
from recipebatch.emulator.state import format_instant, invalid_value, parse_instant
from recipebatch.vocabulary import ids, limits
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

_DISPLAY_NAME = JOB_ADD.properties["displayName"]
_METADATA = JOB_ADD.properties["metadata"]


def instant(name: str, value: Any, _version: str) -> str:
    """A date and time; kept in its normal form."""
    try:
        return format_instant(parse_instant(value))
    except (ValueError, TypeError):
        shown = value if isinstance(value, (str, int, float)) else None
        raise invalid_value(name, shown, "The value must be a date and time") from None


SCHEDULE = ObjectSchema(
    "Schedule",
    {
        "doNotRunUntil": Property(instant),
        "doNotRunAfter": Property(instant),
        "startWindow": Property(
            duration(least=int(limits.MIN_START_WINDOW.total_seconds()) * TICKS_PER_SECOND),
        ),
        "recurrenceInterval": Property(
            duration(least=int(limits.MIN_RECURRENCE_INTERVAL.total_seconds()) * TICKS_PER_SECOND),
        ),
    },
)
JOB_SPECIFICATION = ObjectSchema(
    "JobSpecification", {name: rule for name, rule in JOB_ADD.properties.items() if name != "id"}
)
SCHEDULE_ADD = ObjectSchema(
    "CloudJobSchedule",
    {
        "id": Property(identifier(ids.job_id), required=True),
        "displayName": _DISPLAY_NAME,
        "schedule": Property(SCHEDULE, required=True),
        "jobSpecification": Property(JOB_SPECIFICATION, required=True),
        "metadata": _METADATA,
    },
)
SCHEDULE_PUT = ObjectSchema(
    "CloudJobSchedule",
    {
        "schedule": Property(SCHEDULE, required=True),
        "jobSpecification": Property(JOB_SPECIFICATION, required=True),
        "metadata": _METADATA,
    },
)
SCHEDULE_PATCH = ObjectSchema(
    "CloudJobSchedule",
    {"schedule": Property(SCHEDULE), "jobSpecification": Property(JOB_SPECIFICATION), "metadata": _METADATA},
)
