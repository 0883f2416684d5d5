"""TaskLog: what is kept with a run's record before its nodes go: its tasks, failures, files of the first tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, ServiceError, UnreachableError
from recipebatch.execution.output import fetch_agent_logs, unusable_nodes
from recipebatch.phases import (
    PROVISION,
    PURGE,
    SUBMIT,
    WATCH,
    added_task,
    failed_now,
    failed_on_nodes,
    tasks_now,
    tasks_to_keep,
)
from recipebatch.properties.purge import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recipebatch.execution.active_run.journal import RunJournal
    from recipebatch.execution.output import AskedNode
    from recipebatch.phases import Phase, PhaseContext
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import FailedTask, PhaseReport
    from recipebatch.runs import RunFailures, TaskHistory, TaskRecord


class TaskLog:
    """The tasks of one run, those that failed, and what the first ones wrote.

    Args:
        journal: of the run.
        left_out: reads the run's secrets, so that they can be taken out of what tasks wrote; why that must not be kept
            where they cannot be read, else nothing.
    """

    def __init__(self, journal: RunJournal, left_out: Callable[[], str]) -> None:
        self._journal = journal
        self._read_secrets = left_out
        self._left_out: str | None = None
        self._asked_nodes: set[AskedNode] = set()

    def prepared(self) -> Callable[[Sequence[FailedTask]], None]:
        """`seen`, once the run's secrets are known: they are taken out of what tasks wrote while that is read."""
        if self._left_out is None:
            self._left_out = self._read_secrets()
        return self.seen

    def seen(self, tasks: Sequence[FailedTask]) -> None:
        """Keep tasks that were seen to have failed."""
        self._change(lambda kept: kept.with_seen(tasks, self._left_out or ""))

    def submitted(self, jobs: Iterable[PlannedJob], context: PhaseContext) -> None:
        """Keep which tasks were added to jobs, and of what each is: the service does not know that."""
        added = [added_task(job, task) for job in jobs if job.schedule is None for task in job.tasks or ()]
        if added:
            self._change_history(lambda history: history.with_added(added), context)

    def ended(self, tasks: Sequence[TaskRecord], context: PhaseContext) -> None:
        """Keep where and when tasks ran, and what came of each."""
        now = context.clock.now()
        self._change_history(lambda history: history.with_seen(tasks, now), context)

    def concluded(self, report: PhaseReport, jobs: Iterable[PlannedJob], context: PhaseContext) -> PhaseReport:
        """Keep what a watch of jobs to their end has seen."""
        ids = {str(job.id) for job in jobs if job.schedule is None}
        nodes = failed_on_nodes(context)
        failed, left_out = report.failed_tasks, self._left_out or ""
        self._change(lambda kept: kept.with_seen([*failed, *nodes], left_out).concluded(failed, ids))
        self._keep_tasks([job for job in jobs if job.schedule is None], failed, context)
        self._keep_history([job for job in jobs if job.schedule is not None], context)
        return report

    def before_nodes_go(self, context: PhaseContext) -> None:
        """Keep what no command has watched to its end and is about to go: as far as it can be seen now."""
        gone = self._journal.has_begun(PURGE) or Part.JOBS in self._journal.record.purged
        if gone:
            return
        self._keep_agent_logs(context)
        if not self._journal.has_begun(SUBMIT):
            return
        watched = self._journal.is_done(WATCH)
        seen = self.prepared()
        failed: list[FailedTask] = []
        if not watched:
            try:
                failed = failed_now(context)
                seen([*failed, *failed_on_nodes(context)])
            except ServiceError as error:
                # The run is deleted whatever else fails: that is what the user asked for.
                context.progress.say(f"failed tasks could not be recorded: {error.message}")
        # A watch does not wait for the jobs of a schedule.
        unseen = [job for job in context.plan.jobs if not watched or job.schedule]
        self._keep_history(unseen, context)
        self._keep_tasks(unseen, failed, context)

    def after_error(self, phase: Phase, error: RecipeBatchError, context: PhaseContext) -> None:
        """Keep why nodes did not get ready, where a phase failed over it; and how far the tasks are after a watch."""
        if phase not in {PROVISION, WATCH} or isinstance(error, UnreachableError):
            return
        if phase is WATCH:
            self._keep_history(context.plan.jobs, context)
        seen = self.prepared()
        try:
            seen(failed_on_nodes(context))
        except RecipeBatchError:
            return  # the error of the phase is the one to report

    def _keep_tasks(self, jobs: Sequence[PlannedJob], failed: Sequence[FailedTask], context: PhaseContext) -> None:
        if not jobs:
            return
        again = {(str(job.id), task) for job in context.plan.jobs for task in job.superseded}
        try:
            found = tasks_to_keep(jobs, failed, self._journal.kept_tasks(), context, left_out=self._left_out or "")
            self._journal.update_tasks(lambda kept: kept.with_seen(found, again))
        except ServiceError as error:
            context.progress.say(f"what tasks have written could not be recorded: {error.message}")

    def _keep_agent_logs(self, context: PhaseContext) -> None:
        """Keep the agent logs of nodes that are unusable: they go with these."""
        try:
            found = {node: None for node in unusable_nodes(context) if node not in self._asked_nodes}
            if not found:
                return
            self._asked_nodes |= found.keys()
            self.prepared()
            if self._left_out:
                context.progress.say(f"agent logs of unusable nodes are not kept: {self._left_out}")
            elif logs := fetch_agent_logs(context, tuple(found)):
                self._journal.update_tasks(lambda kept: kept.with_agent_logs(logs))
        except ServiceError as error:
            context.progress.say(f"agent logs of unusable nodes could not be recorded: {error.message}")

    def _keep_history(self, jobs: Iterable[PlannedJob], context: PhaseContext) -> None:
        try:
            seen = list(tasks_now(jobs, context))
        except ServiceError as error:
            context.progress.say(f"which tasks ran could not be recorded: {error.message}")
            return
        if seen:
            self.ended(seen, context)

    def _change_history(self, change: Callable[[TaskHistory], TaskHistory], context: PhaseContext) -> None:
        try:
            self._journal.update_task_history(change)
        except ServiceError as error:
            context.progress.say(f"which tasks ran could not be recorded: {error.message}")

    def _change(self, change: Callable[[RunFailures], RunFailures]) -> None:
        self._journal.update_failures(change)
