"""Tasks on nodes: placement, attempts, multi-instance tasks."""

from recipebatch.emulator.engine.tasks.task_attempts import TaskAttempts

__all__ = [
    "TaskAttempts",
]
