"""TemplateWatch: how the tasks of each template stand, at a cost that does not grow with the number of tasks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from recipebatch.phases.watch.failed_tasks import BEFORE_ALL
from recipebatch.report import TaskTotals, TemplateCounts
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob
    from recipebatch.service import TaskSnapshot

SHARE = 0.02
"""Of the time that a watch takes, so much at most goes into the listing of tasks that have changed."""

PAGE = 1000
"""Tasks that the service gives in one answer: fewer are not asked for at a time."""


class TemplateWatch:
    """The tasks of one job by template.

    Of a job with one template the service's counts are the answer. Of others the tasks that have changed since the
    last listing are listed, which is done bit by bit where they are many; what is told is of a listing that came to
    its end.

    Args:
        job: of the plan.
        context: the run at work.
        overlap: by how much clocks of nodes and of the service may differ.
    """

    def __init__(self, job: PlannedJob, context: PhaseContext, overlap: timedelta) -> None:
        self._job = job
        self._context = context
        self._overlap = overlap
        self._planned = Counter(task.template for task in job.tasks or ())
        self._template_of = {str(task.id): task.template for task in job.tasks or ()} if len(self._planned) > 1 else {}
        self._states: dict[str, str] = {}
        self._since = self._next_since = BEFORE_ALL
        self._listing: Iterator[TaskSnapshot] | None = None
        self._looked = self._complete_at = context.clock.monotonic()
        self._totals = TaskTotals()
        self._counted = TaskTotals()
        self._known: tuple[TemplateCounts, ...] = ()

    def look(self, totals: TaskTotals) -> tuple[TemplateCounts, ...]:
        """How the templates stand.

        Args:
            totals: of the job, as the service has just counted them.
        """
        if len(self._planned) <= 1:
            return tuple(TemplateCounts(name=name, planned=n, totals=totals) for name, n in self._planned.items())
        clock = self._context.clock
        now = clock.monotonic()
        if self._listing is None and totals != self._counted:
            self._next_since = clock.now() - self._overlap
            self._totals = totals
            self._listing = self._context.batch.find_tasks(self._job.id, changed_since=self._since)
        if self._listing is not None:
            self._list_on(budget=SHARE * (now - self._looked))
        elif totals == self._counted:
            self._complete_at = now
        self._looked = now
        age = clock.monotonic() - self._complete_at
        return tuple(
            TemplateCounts(name=each.name, planned=each.planned, totals=each.totals, age=round(age, 1))
            for each in self._known
        )

    def _list_on(self, budget: float) -> None:
        """List for so many seconds, but at least one answer of the service."""
        clock = self._context.clock
        started = clock.monotonic()
        for number, task in enumerate(self._listing or (), start=1):
            self._states[task.id] = _kind(task)
            if number % PAGE == 0 and clock.monotonic() - started >= budget:
                return
        self._listing = None
        self._since, self._counted = self._next_since, self._totals
        self._complete_at = clock.monotonic()
        self._known = self._counts()

    def _counts(self) -> tuple[TemplateCounts, ...]:
        found: dict[str, Counter[str]] = {name: Counter() for name in self._planned}
        for task, kind in self._states.items():
            if task in self._template_of:
                found[self._template_of[task]][kind] += 1
        return tuple(
            TemplateCounts(name=name, planned=self._planned[name], totals=TaskTotals(**kinds))
            for name, kinds in found.items()
        )


def _kind(task: TaskSnapshot) -> str:
    """The field of `TaskTotals` that counts it."""
    if task.state == TaskState.COMPLETED:
        return "succeeded" if task.succeeded else "failed"
    return str(TaskState.ACTIVE if task.state == TaskState.ACTIVE else TaskState.RUNNING)
