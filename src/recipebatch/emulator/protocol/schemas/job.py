"""Refines the specification of jobs, of auto pools, and of job schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.protocol.schemas.builder import Refinement, TypeRules, echoed, shared
from recipebatch.emulator.protocol.schemas.pool import DISPLAY_NAME, LABEL, ONE_MACHINE
from recipebatch.emulator.protocol.validation import duration, identifier, integer, text
from recipebatch.vocabulary import ids, limits
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.emulator.protocol.validation import Rule

_JOB: dict[str, Rule | Refinement] = {
    "id": identifier(ids.job_id),
    "displayName": DISPLAY_NAME,
    "priority": integer(limits.MIN_JOB_PRIORITY, limits.MAX_JOB_PRIORITY),
    "maxParallelTasks": integer(-1),
    **echoed(LABEL, "metadata"),
    **echoed(ONE_MACHINE, "networkConfiguration"),
}


def _at_least(least: timedelta) -> Rule:
    return duration(least=int(least.total_seconds()) * TICKS_PER_SECOND)


RULES: dict[str, TypeRules] = {
    "JobAddParameter": TypeRules(type_name="CloudJob", properties=_JOB),
    "JobSpecification": TypeRules(properties=shared("JobSpecification", _JOB)),
    "JobPatchParameter": TypeRules(type_name="CloudJob", properties=shared("JobPatchParameter", _JOB)),
    "JobUpdateParameter": TypeRules(type_name="CloudJob", properties=shared("JobUpdateParameter", _JOB)),
    "JobDisableParameter": TypeRules(type_name="DisableJob"),
    "JobTerminateParameter": TypeRules(type_name="TerminateJob"),
    "JobConstraints": TypeRules(properties={"maxTaskRetryCount": integer(-1)}),
    "PoolInformation": TypeRules(properties={"poolId": text(least=1)}),
    "AutoPoolSpecification": TypeRules(
        properties={
            "autoPoolIdPrefix": text(longest=limits.MAX_AUTO_POOL_PREFIX_LENGTH),
            # Required by the service: there is nothing else a pool could be made of.
            "pool": Refinement(required=True),
        }
    ),
    "JobScheduleAddParameter": TypeRules(
        type_name="CloudJobSchedule", properties=shared("JobScheduleAddParameter", _JOB)
    ),
    "JobScheduleUpdateParameter": TypeRules(type_name="CloudJobSchedule", properties=echoed(LABEL, "metadata")),
    "JobSchedulePatchParameter": TypeRules(type_name="CloudJobSchedule", properties=echoed(LABEL, "metadata")),
    "Schedule": TypeRules(
        properties={
            "startWindow": _at_least(limits.MIN_START_WINDOW),
            "recurrenceInterval": _at_least(limits.MIN_RECURRENCE_INTERVAL),
        }
    ),
}
