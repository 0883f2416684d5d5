"""JobSpec: the `job:` section, or one entry of `jobs:`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.setting import Section, Text
    from recipebatch.recipe.model.task import TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSpec:
    """A job that must have ended before another is expanded; `on_failed` is `block` or `satisfy`."""

    at: SourcePosition
    job: str
    on_failed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """The `job:` section, or one entry of `jobs:`; every setting has a default, so a recipe may leave it out.

    Attributes:
        logical: `job`, or its name in `jobs:`.
        pool: the name of its pool in the recipe.
        after: the jobs that must have ended before this one is expanded.
        settings: what is passed on, a section of `properties.JOB`; its special tasks and its schedule are in it.
    """

    logical: str
    at: SourcePosition
    id: Text
    pool: str
    after: tuple[AfterSpec, ...]
    tasks: tuple[TaskSpec, ...]
    settings: Section

    @property
    def schedule(self) -> Section | None:
        """When the service makes the job."""
        schedule: Section | None = self.settings["schedule"]
        return schedule

    @property
    def auto_pool(self) -> Section | None:
        """The pool that the service makes with the job."""
        auto_pool: Section | None = self.settings["auto_pool"]
        return auto_pool

    @property
    def job_manager_task(self) -> Section | None:
        """The task that may add the others."""
        manager: Section | None = self.settings["job_manager_task"]
        return manager
