"""How large planned tasks are: each alone for a request, and all together in memory."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from recipebatch.errors import fail_at
from recipebatch.plan.expressions import FREE_TASK_BYTES, keep_task_bytes, texts_in, weight
from recipebatch.plan.model import PlannedTask
from recipebatch.vocabulary.limits import MAX_REQUEST_BYTES

if TYPE_CHECKING:
    from recipebatch.recipe.model import TaskSpec

# What one file takes in a request, with its SAS.
_FILE_BYTES = 600
_MANY_IDS = 50
_FEW = 2000
_FIELDS = tuple(field.name for field in fields(PlannedTask))


class TaskSizes:
    """The sizes of the tasks of one template."""

    def __init__(self, spec: TaskSpec) -> None:
        self._spec = spec
        self._count = self._own = 0
        self._first: PlannedTask | None = None
        self._shared: frozenset[int] = frozenset()

    @property
    def are_small(self) -> bool:
        """The first tasks take no more than what is free."""
        return self._count >= _FEW and self._own <= self._count * FREE_TASK_BYTES

    def add(self, task: PlannedTask) -> None:
        """Count one more task; an estimate that is never too low by much.

        Raises:
            InvalidRecipeError: the task alone is larger than a request can be, so that it can never be added; or all
                tasks together take too much memory.
        """
        self._count += 1
        size = len(task.command_line) + _FILE_BYTES * (len(task.resource_files) + len(task.output_files))
        for _, value in task.environment_settings:
            size += len(value) if isinstance(value, str) else _FILE_BYTES
        if size > MAX_REQUEST_BYTES - _FILE_BYTES:
            name, most = self._spec.name, f"{MAX_REQUEST_BYTES:,}"
            message = f"a task of {name} needs a request of {size:,} bytes; the service accepts {most}"
            fail_at(self._spec.at, message, "task-too-large", "pass long texts and many files in a container")
        many_ids = task.depends_on is not None and len(task.depends_on.task_ids) > _MANY_IDS
        if (size > FREE_TASK_BYTES or task.raw or many_ids) and not keep_task_bytes(self._own_bytes(task)):
            message = f"the plan needs too much memory: {self._count:,} tasks of {self._spec.name} are too large"
            fail_at(self._spec.at, message, "plan-too-large", "pass long texts and many files in a container")

    def _own_bytes(self, task: PlannedTask) -> int:
        """What a task takes beside what it shares with the first one, such as texts without an expression."""
        first = self._first
        if first is None:
            self._first, self._shared = task, frozenset(id(text) for text in texts_in(task))
            return 0
        own = [value for name in _FIELDS if (value := getattr(task, name)) is not getattr(first, name)]
        size = weight(own, self._shared)
        self._own += size
        return size
