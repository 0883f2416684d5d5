"""The state on disk: rows of an SQLite database."""

from recipebatch.emulator.state.persistence.schedule_rows import forget_schedule, load_schedules, save_schedule
from recipebatch.emulator.state.persistence.store import Store

__all__ = [
    "Store",
    "forget_schedule",
    "load_schedules",
    "save_schedule",
]
