"""ScheduleRecord: the state of a job schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recipebatch.vocabulary.states import ScheduleState


@dataclass(slots=True, kw_only=True, eq=False)
class ScheduleRecord:
    """One job schedule. Times are ticks.

    Attributes:
        body: the validated request body with defaults; `schedule`, `jobSpecification`, `metadata`.
        modified: changed by clients, not by created jobs or by the completion (recorded answers).
        runs: number of created jobs; the next is `<id>:job-<runs + 1>`.
        served: latest due time for which a job was created.
        next_run: next due time.
        recent_job: id of the last created job.
        active_job: key of that job until it has completed.
        auto_pool_id: the pool shared by all its jobs, if the lifetime of their auto pool is the schedule.
    """

    id: str
    body: dict[str, Any]
    created: int
    modified: int
    state_time: int
    state: ScheduleState = ScheduleState.ACTIVE
    previous_state: ScheduleState | None = None
    previous_state_time: int | None = None
    end_time: int | None = None
    runs: int = 0
    served: int | None = None
    next_run: int | None = None
    recent_job: str | None = None
    active_job: str | None = None
    auto_pool_id: str | None = None

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()
