"""ScheduleRecord: what the service remembers of a job schedule, and how it is kept on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from recipebatch.vocabulary.states import ScheduleState

if TYPE_CHECKING:
    from recipebatch.emulator.state.persistence.store import Store

Json = dict[str, Any]


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
    body: Json
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


_FIELDS = tuple(f.name for f in fields(ScheduleRecord))


def save_schedule(store: Store, account: str, schedule: ScheduleRecord) -> None:
    """Write a schedule."""
    doc = json.dumps({name: getattr(schedule, name) for name in _FIELDS})
    store.write("INSERT OR REPLACE INTO schedules VALUES (?, ?, ?)", account, schedule.key, doc)


def forget_schedule(store: Store, account: str, schedule: ScheduleRecord) -> None:
    """Remove a schedule."""
    store.write("DELETE FROM schedules WHERE account = ? AND key = ?", account, schedule.key)


def load_schedules(store: Store) -> list[tuple[str, ScheduleRecord]]:
    """All schedules, each with the name of its account."""
    loaded = []
    for account, doc in store.read("SELECT account, doc FROM schedules"):
        values = json.loads(doc)
        values["state"] = ScheduleState(values["state"])
        previous = values["previous_state"]
        values["previous_state"] = None if previous is None else ScheduleState(previous)
        loaded.append((account, ScheduleRecord(**values)))
    return loaded
