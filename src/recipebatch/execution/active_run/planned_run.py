"""PlannedRun: a run's record, the plan that follows from it, and what a phase does with both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, RunPausedError, RunStoppedError
from recipebatch.execution.active_run.task_log import TaskLog
from recipebatch.execution.recorded_plan import (
    recorded_job_listings,
    recorded_listing,
    recorded_retries,
    recorded_sizes,
)
from recipebatch.phases import PURGE
from recipebatch.plan import with_retries, with_sizes
from recipebatch.report import RunOpened, Verdict
from recipebatch.runs import DONE, STARTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recipebatch.execution.active_run.journal import RunJournal
    from recipebatch.execution.recorded_plan import Listing
    from recipebatch.phases import Phase, PhaseContext
    from recipebatch.plan import Retry
    from recipebatch.plan.model import Plan, PlannedJob
    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunRecord

_NAMED = 1000
"""So many tasks are named when a run is opened."""


class PlannedRun:
    """A run and its plan, which grows when blobs are listed and tasks are retried.

    Args:
        journal: the run's record.
        plan_of: the plan for the listed blobs: of the first jobs, and by job with `after`; None is "not expanded yet".
        context_of: the context of a phase for a plan, with SAS that start now.
        looped_over: by job, the logical names of the containers whose blobs `for_each: files` loops over.
        left_out: as of `TaskLog`.
        by_labels: why the recorded recipe has no plan any more, so that `plan_of` gives what has the run's label; else
            empty.
    """

    def __init__(
        self,
        journal: RunJournal,
        *,
        plan_of: Callable[[Listing | None, Mapping[str, Listing]], Plan],
        context_of: Callable[[Plan], PhaseContext],
        looped_over: Mapping[str, frozenset[str]],
        left_out: Callable[[], str] = lambda: "",
        by_labels: str = "",
    ) -> None:
        self.by_labels = by_labels
        self.journal = journal
        self.task_log = TaskLog(journal, left_out)
        self._plan_of = plan_of
        self._context_of = context_of
        self._looped_over = looped_over
        self.plan = plan_of(None, {}) if by_labels else self._planned(self._listings(), self._job_listings())
        self.context = context_of(self.plan)

    @property
    def record(self) -> RunRecord:
        """The run's record as it was last read or written."""
        return self.journal.record

    @property
    def verdict(self) -> Verdict:
        """As the last watch recorded it."""
        return Verdict(self.record.verdict)

    @property
    def waiting(self) -> tuple[PlannedJob, ...]:
        """The jobs with `after` that are not submitted yet."""
        return tuple(job for job in self.plan.jobs if job.after and job.logical not in self.record.job_listings)

    @property
    def unmade_pools(self) -> tuple[str, ...]:
        """The pools, by their names in the recipe, that are made for jobs with `after`, none of which is submitted."""
        in_use = {job.pool for job in self.plan.jobs if job not in self.waiting}
        later = (pool.logical for pool in self.plan.pools if self.plan.turn_of_pool(pool.logical))
        return tuple(name for name in later if name not in in_use)

    @property
    def has_left_something(self) -> bool:
        """The run made something that has not been purged."""
        return bool(self.record.phases) and not self.journal.is_done(PURGE)

    def end(self) -> None:
        """Record that this run needs nothing more, though some of its resources may be kept."""
        if not self.record.ended:
            self.journal.update(lambda record: replace(record, ended=True))

    def renewed_context(self) -> PhaseContext:
        """The context with SAS, and an expiry of pools, that count from now."""
        self.context = self._context_of(self.plan)
        return self.context

    def _retries(self) -> list[Retry]:
        return recorded_retries(self.record)

    def _planned(self, listings: Listing | None, job_listings: Mapping[str, Listing]) -> Plan:
        self._sizes = recorded_sizes(self.record)
        return with_retries(with_sizes(self._plan_of(listings, job_listings), self._sizes), self._retries())

    def _expand_first_jobs(self) -> None:
        """List what the jobs that wait for no other loop over, once."""
        looped_over = (self._looped_over.get(job.logical, frozenset()) for job in self.plan.jobs if not job.after)
        containers = frozenset[str]().union(*looped_over)
        if self.record.listings is not None or not containers:
            return
        names = {name: self._blob_names(name) for name in sorted(containers)}
        self._use_plan(self._planned(names, self._job_listings()))
        # Recorded before the first task is added: every repetition expands to the same tasks.
        listings = {name: list(blobs) for name, blobs in names.items()}
        self.journal.update(lambda record: replace(record, listings=listings))

    def _expand_later_jobs(self, ready: Sequence[PlannedJob]) -> None:
        """List what jobs with `after` loop over, once, when their time has come."""
        if not ready:
            return
        names = {
            job.logical: {
                name: self._blob_names(name) for name in sorted(self._looped_over.get(job.logical, frozenset()))
            }
            for job in ready
        }
        self._use_plan(self._planned(self._listings(), {**self._job_listings(), **names}))
        listed = {job: {name: list(blobs) for name, blobs in found.items()} for job, found in names.items()}
        self.journal.update(lambda record: replace(record, job_listings={**record.job_listings, **listed}))

    def use_recorded_sizes(self) -> None:
        """Plan with the target nodes that the record has now: another command may have changed them."""
        # By labels a pool is as it is.
        if not self.by_labels and recorded_sizes(self.record) != self._sizes:
            self._use_plan(self._planned(self._listings(), self._job_listings()))

    def opened(self, account: str) -> RunOpened:
        """That a command works on the run, with the names that its plan has by now.

        Args:
            account: its name.
        """
        tasks = [task for job in self.plan.jobs for task in job.tasks or ()]
        return RunOpened(
            run_id=self.record.run_id,
            recipe=self.record.recipe_name,
            account=account,
            templates=tuple(dict.fromkeys(task.template for task in tasks)),
            tasks=tuple(str(task.id) for task in tasks[:_NAMED]),
            pools=tuple(str(pool.id) for pool in self.plan.pools),
            containers=tuple(str(container.name) for container in self.plan.containers),
        )

    def _phase(self, phase: Phase, work: Callable[[], PhaseReport]) -> PhaseReport:
        self.journal.check_order(phase)
        return self.context.told(phase.name, lambda: self._recorded(phase, work))

    def _recorded(self, phase: Phase, work: Callable[[], PhaseReport]) -> PhaseReport:
        # SAS, and the expiry of pools, count from the start of each phase.
        self.context = self._context_of(self.plan)
        clock = self.context.clock
        started = clock.monotonic()
        self.journal.move(phase, STARTED, clock, begins=True)
        self.use_recorded_sizes()
        try:
            report = work()
        except (RunPausedError, RunStoppedError):
            # The phase did not fail: it goes on when the run is unpaused.
            raise
        except RecipeBatchError as error:
            self.journal.fail(phase, clock, error.message.splitlines()[0])
            self.task_log.after_error(phase, error, self.context)
            raise
        self.journal.move(phase, DONE, clock, report.summary, transferred=report.transferred)
        return replace(report, seconds=round(clock.monotonic() - started, 3))

    def _move(self, phase: Phase, state: str, summary: str = "") -> None:
        self.journal.move(phase, state, self.context.clock, summary)

    def _blob_names(self, logical: str) -> tuple[str, ...]:
        container = self.plan.container(logical)
        return tuple(sorted(blob.name for blob in self.context.store_of(container).list_blobs(container.name)))

    def _listings(self) -> Listing | None:
        return recorded_listing(self.record)

    def _job_listings(self) -> dict[str, Listing]:
        return recorded_job_listings(self.record)

    def _use_plan(self, plan: Plan) -> None:
        self.plan = plan
        self.context = self._context_of(plan)
