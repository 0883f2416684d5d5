"""Tasks on nodes: placement, attempts, multi-instance tasks."""

from recipebatch.emulator.engine.tasks.task_attempts import Runs

__all__ = [
    "Runs",
]
