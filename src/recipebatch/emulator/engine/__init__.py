"""Carries out what the scheduler decides: on every change of state it takes a snapshot, decides and applies."""

from recipebatch.emulator.engine.engine import Engine

__all__ = [
    "Engine",
]
