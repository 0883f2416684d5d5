"""PlannedTask, and what it waits for and tries again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties.task import RetryRule, TaskProperties

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.vocabulary.ids import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDependencies:
    """The tasks of the same job that a task waits for.

    Attributes:
        task_ids: single ids; at most 64,000 characters together.
        task_id_ranges: (start, end) of integer ids, both included.
    """

    task_ids: tuple[str, ...] = ()
    task_id_ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTemplate:
    """A task template whose tasks are not known before their job is submitted.

    Attributes:
        per: what it has one task of each, such as `per blob of parts`; empty without a loop.
        commands: as they are written.
    """

    name: str
    per: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask(TaskProperties):
    """One task, ready to be asked for; what is only passed on is in `TaskProperties`.

    Attributes:
        template: the `name` of the task template it comes from.
        expected: how long the recipe says it takes; None if it does not.
        item: what it is of in `for_each`, such as `in/a.txt` or `strike=90, seed=1`; empty without a loop.
    """

    id: TaskId
    template: str
    depends_on: PlannedDependencies | None = None
    retry: RetryRule | None = None
    expected: timedelta | None = None
    item: str = ""

    @property
    def keeps_logs(self) -> bool:
        """Whether it uploads its stdout.txt and stderr.txt, which are beside its working directory."""
        return any(file.file_pattern.startswith("../std") for file in self.output_files)
