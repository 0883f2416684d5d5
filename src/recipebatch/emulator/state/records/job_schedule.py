"""ScheduleRecord: the state of a job schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recipebatch.vocabulary.states import ScheduleState


@dataclass(slots=True, kw_only=True, eq=False)
class ScheduleRecord:
    """One job schedule. Moments are ticks.

    Attributes:
        body: what the client sent, checked, with the defaults; `schedule`, `jobSpecification`, `metadata`.
        modified: changed by clients, not by jobs that are made nor by the end (recorded answers).
        runs: how many jobs it has made; the next is `<id>:job-<runs + 1>`.
        served: up to when jobs that were due have been made.
        next_run: when it is due next.
        recent_job: id of the job made last.
        active_job: key of that job while it is not over.
        auto_pool_id: the pool all its jobs share, if their pool lives as long as the schedule.
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
