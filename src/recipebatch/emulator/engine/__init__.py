"""Carries out what the scheduler decides: on every change, snapshot, decide, apply. The only part that waits."""

from recipebatch.emulator.engine.engine import Loop

__all__ = [
    "Loop",
]
