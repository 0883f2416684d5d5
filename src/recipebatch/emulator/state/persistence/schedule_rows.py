"""Job schedules on disk."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

from recipebatch.emulator.state.persistence.rows import readable
from recipebatch.emulator.state.records import ScheduleRecord
from recipebatch.vocabulary.states import ScheduleState

if TYPE_CHECKING:
    from recipebatch.emulator.state.persistence.store import Store

_FIELDS = tuple(f.name for f in fields(ScheduleRecord))


def save_schedule(store: Store, account: str, schedule: ScheduleRecord) -> None:
    """Write a schedule."""
    doc = json.dumps({name: getattr(schedule, name) for name in _FIELDS})
    store.write("INSERT OR REPLACE INTO schedules VALUES (?, ?, ?)", account, schedule.key, doc)


def forget_schedule(store: Store, account: str, schedule: ScheduleRecord) -> None:
    """Remove a schedule."""
    store.write("DELETE FROM schedules WHERE account = ? AND key = ?", account, schedule.key)


def load_schedules(store: Store) -> list[tuple[str, ScheduleRecord]]:
    """All schedules, each with the name of its account; a damaged row is logged and left out."""
    loaded = []
    for account, key, doc in store.read("SELECT account, key, doc FROM schedules"):
        with readable(f"job schedule {key}"):
            values = json.loads(doc)
            values["state"] = ScheduleState(values["state"])
            previous = values["previous_state"]
            values["previous_state"] = None if previous is None else ScheduleState(previous)
            loaded.append((account, ScheduleRecord(**values)))
    return loaded
