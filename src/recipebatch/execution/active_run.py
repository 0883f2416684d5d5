"""One run at work: its record moves with every phase, so that any process can continue where this one stopped."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.execution.job_order import order
from recipebatch.execution.retry import chosen, decide, due, find, retried, to_reactivate
from recipebatch.phases.collect import collect
from recipebatch.phases.provision import provision
from recipebatch.phases.purge import purge
from recipebatch.phases.stage import stage
from recipebatch.phases.submit import submit
from recipebatch.phases.watch import watch
from recipebatch.plan import Retry, with_retries
from recipebatch.plan.model import PurgeWhen
from recipebatch.report import Verdict
from recipebatch.runs import DONE, FAILED, STARTED
from recipebatch.service import DocumentChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from recipebatch.execution.retry import Failure
    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.options import PhaseOptions
    from recipebatch.plan.model import Plan, PlannedJob
    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunRecord, RunStore

Listing: TypeAlias = "dict[str, tuple[str, ...]]"
"""Logical name of a container → the names of its blobs."""

_WRITE_TRIES = 5
_AGAIN = ("provision", "submit", "watch", "collect")
# What a phase builds on: without it, it would fail later and less clearly.
_NEEDS = {"provision": "stage", "submit": "provision", "watch": "submit", "collect": "submit"}


def _yes(_kind: str, _names: tuple[str, ...]) -> bool:
    """Who purges, and was not told by the recipe to ask, means it."""
    return True


class ActiveRun:
    """A run, its plan and its services.

    Args:
        context_of: builds the context of a phase for a plan, with SAS that begin now.
        plan_of: resolves the recorded recipe from the listed blobs, of the first jobs and by later job; `None` means
            "not expanded yet".
        guard: raises when the run may no longer be worked on, because its lock was lost.
        containers_looped_over: by job, the logical names of the containers whose blobs `for_each: files` loops over.
    """

    def __init__(
        self,
        record: RunRecord,
        store: RunStore,
        *,
        plan_of: Callable[[Listing | None, Mapping[str, Listing]], Plan],
        context_of: Callable[[Plan], PhaseContext],
        containers_looped_over: Mapping[str, frozenset[str]],
        guard: Callable[[], None],
    ) -> None:
        self.record = record
        self._store = store
        self._plan_of = plan_of
        self._context_of = context_of
        self._looped = containers_looped_over
        self._guard = guard
        self.plan = self._planned(self._listings(), self._job_listings())
        self.context = context_of(self.plan)

    def stage(self) -> PhaseReport:
        """Make the containers and upload what is missing or changed."""
        return self._phase("stage", lambda: stage(self.context))

    def provision(self) -> PhaseReport:
        """Make the pools and wait for their nodes."""
        return self._phase("provision", lambda: provision(self.context))

    def submit(self) -> PhaseReport:
        """Expand the tasks, record what they were expanded from, and add them; jobs that wait for others come later."""
        told: list[str] = []

        def expand_and_submit() -> PhaseReport:
            self._reactivate()
            first = frozenset[str]().union(
                *(self._looped.get(job.logical, ()) for job in self.plan.jobs if not job.after)
            )
            if self.record.listings is None and first:
                names = {name: self._blob_names(name) for name in sorted(first)}
                self._use_plan(self._planned(names, self._job_listings()))
                # Recorded before the first task is added: every repetition expands to the same tasks.
                listings = {name: list(blobs) for name, blobs in names.items()}
                self._update(lambda record: replace(record, listings=listings))
            found = order(self.plan, self.record.job_listings, self.context)
            for job in found.ready:
                self._expand(job.logical)
            told.extend(reason for _, reason in found.waiting)
            now = [job for job in self.plan.jobs if not job.after or job.logical in self.record.job_listings]
            report = submit(self.context, jobs=now)
            return replace(report, notes=(*report.notes, *told))

        report = self._phase("submit", expand_and_submit)
        if told:
            self._move("submit", STARTED, report.summary)
        return report

    def watch(self, options: PhaseOptions) -> PhaseReport:
        """Follow the tasks that are submitted to their end; the verdict is recorded."""
        return self._watch(self._bound(options))

    def _watch(self, limit: timedelta) -> PhaseReport:
        waiting = self.waiting
        now = [job for job in self.plan.jobs if job not in waiting]
        report = self._phase("watch", lambda: watch(self.context, limit=limit, jobs=now))
        if waiting:
            report = self._unfinished(report)
        self._update(lambda record: replace(record, verdict=report.verdict.value))
        return report

    def follow(self, options: PhaseOptions) -> Iterator[PhaseReport]:
        """Follow the tasks to their end; submit each job that waits for others when its time has come.

        Tasks that failed are tried again as far as the recipe's `retry` says.
        """
        limit = self._bound(options)
        clock = self.context.clock
        begun = clock.monotonic()

        def left() -> timedelta:
            return max(timedelta(), limit - timedelta(seconds=clock.monotonic() - begun))

        while self.waiting:
            names = {job.logical for job in self.waiting}
            following = next(job for job in self.waiting if not {entry.job for entry in job.after} & names)
            awaited = {entry.job for entry in following.after}
            jobs = [job for job in self.plan.jobs if (job.retry_of or job.logical) in awaited]
            seen = self._phase("watch", functools.partial(watch, self.context, limit=left(), jobs=jobs))
            self._move("watch", STARTED, seen.summary)
            yield seen
            if (again := self._retry_due(seen)) is not None:
                yield again
                yield self.submit()
                continue
            before = len(self.waiting)
            yield self.submit()
            if len(self.waiting) == before:
                break
        while True:
            seen = self._watch(left())
            yield seen
            if (again := self._retry_due(seen)) is None:
                return
            yield again
            yield self.submit()

    def _bound(self, options: PhaseOptions) -> timedelta:
        """How long tasks are followed: as asked for, or as the recipe says, or as long as the run may last."""
        if options.timeout is not None:
            return options.timeout
        return self.plan.watch_timeout or self.plan.run_limit

    def retry(self, *, causes: Collection[str] = (), tasks: Collection[str] = ()) -> PhaseReport | None:
        """Try failed tasks again; None when there are none. What follows from it is to be submitted and watched.

        Args:
            causes: only failures of these causes; empty is any.
            tasks: only these ids; empty is any.

        Raises:
            UsageError: the run was purged, or an id is of no task that failed.
        """
        if self.record.state_of("purge") is not None:
            raise UsageError(
                f"run {self.record.run_id} was purged: there is nothing to try again", hint="apply starts another run"
            )
        if self.record.state_of("submit") is None:
            raise UsageError(f"run {self.record.run_id} has not submitted any task yet", hint="recipebatch apply")
        # The pool may have been resized or lost since: it is looked after before the tasks are.
        return self._try_again(
            chosen(find(self.plan, self.context), self.plan, causes=causes, tasks=tasks), "provision"
        )

    def _retry_due(self, seen: PhaseReport) -> PhaseReport | None:
        """What the recipe itself asks to try again after a watch."""
        if not any(task.retry is not None for job in self.plan.jobs for task in job.tasks or ()):
            return None
        if not seen.failed_tasks:
            return None
        return self._try_again(due(find(self.plan, self.context), self._retries()), "submit")

    def _try_again(self, failures: Sequence[Failure], first: str) -> PhaseReport | None:
        """Record what is tried again before it is done; the phases from `first` on are to be done anew."""
        entries = decide(failures, self._retries(), self.plan)
        if not entries:
            return None
        now = self.context.clock.now()
        written = [{**entry.to_json(), "at": now.isoformat(timespec="seconds")} for entry in entries]

        def again(record: RunRecord) -> RunRecord:
            changed = replace(record, retries=[*record.retries, *written], verdict=Verdict.UNKNOWN.value, ended=False)
            for phase in _AGAIN[_AGAIN.index(first) :]:
                if changed.state_of(phase) is not None:
                    changed = changed.with_phase(phase, STARTED, now, "some tasks are tried again")
            return changed

        self._update(again)
        self._use_plan(self._planned(self._listings(), self._job_listings()))
        self._reactivate()
        return retried(entries, self.plan)

    def _reactivate(self) -> None:
        """Have recorded tasks run again in their own jobs, those too that an interrupted command left."""
        entries = self._retries()
        if any(entry.reactivated for entry in entries):
            for failure in to_reactivate(find(self.plan, self.context).failures, entries):
                self._guard()
                self.context.batch.reactivate_task(failure.job.id, str(failure.task.id))

    def _retries(self) -> list[Retry]:
        return [Retry.from_json(value) for value in self.record.retries]

    def _planned(self, listings: Listing | None, job_listings: Mapping[str, Listing]) -> Plan:
        return with_retries(self._plan_of(listings, job_listings), self._retries())

    @property
    def waiting(self) -> tuple[PlannedJob, ...]:
        """The jobs that are not submitted, because they wait for others."""
        return tuple(job for job in self.plan.jobs if job.after and job.logical not in self.record.job_listings)

    def _expand(self, logical: str) -> None:
        """List what a later job loops over, once; every repetition expands to the same tasks."""
        names = {name: self._blob_names(name) for name in sorted(self._looped.get(logical, ()))}
        self._use_plan(self._planned(self._listings(), {**self._job_listings(), logical: names}))
        listed = {name: list(blobs) for name, blobs in names.items()}
        self._update(lambda record: replace(record, job_listings={**record.job_listings, logical: listed}))

    def _unfinished(self, report: PhaseReport) -> PhaseReport:
        """A report of some jobs is no verdict on the run, unless one of them failed."""
        found = order(self.plan, self.record.job_listings, self.context)
        notes = [reason for _, reason in found.waiting]
        notes += [f"job {job.logical} can be submitted now: submit again" for job in found.ready]
        if len(found.blocked) < len(found.waiting) + len(found.ready):
            self._move("watch", STARTED, report.summary)
        totals = report.totals if report.verdict is Verdict.FAILED else None
        return replace(report, notes=(*report.notes, *notes), totals=totals)

    def collect(self, options: PhaseOptions) -> PhaseReport:
        """Download what the recipe collects; of containers the blobs that fit `include`, if that is given."""
        had_ended = self.done("watch")
        report = self._phase(
            "collect",
            lambda: collect(
                self.context, folder=options.output_dir, overwrite=options.overwrite, include=options.include
            ),
        )
        if not had_ended:
            # What runs on may still write: this was not the last look.
            self._move("collect", STARTED, report.summary)
        return report

    def purge(self, options: PhaseOptions) -> PhaseReport:
        """Remove what the run made; `options.confirm` is asked only where the recipe says `purge: ask`.

        Raises:
            UsageError: it would delete outputs that nobody collected, and `force` is not set.
        """
        lost = self.uncollected()
        if lost and not options.force:
            raise UsageError(
                f"run {self.record.run_id}: outputs were not collected: {lost}",
                hint="collect first, or purge with --force to delete them",
            )
        confirm = options.confirm if self.plan.purge is PurgeWhen.ASK else _yes
        report = self._phase("purge", lambda: purge(self.context, confirm=confirm, force=options.force))
        if any(step.action == "kept" for step in report.steps):
            self._move("purge", STARTED, report.summary)
        self.end()
        return report

    def uncollected(self) -> str:
        """What a purge would lose: a sentence, or nothing."""
        submitted = self.record.state_of("submit") is not None
        if self.done("purge") or not submitted or not self.plan.collect or self.record.state_of("collect") == DONE:
            return ""
        return "the run was submitted, and collect has not been done since its tasks ended"

    def end(self) -> None:
        """Nothing more is to be done for this run, though something of it may be kept."""
        if not self.record.ended:
            self._update(lambda record: replace(record, ended=True))

    def done(self, phase: str) -> bool:
        """The phase has been done for good."""
        return self.record.state_of(phase) == DONE

    @property
    def has_left_something(self) -> bool:
        """The run made something that has not been purged."""
        return bool(self.record.phases) and not self.done("purge")

    @property
    def verdict(self) -> Verdict:
        """As the last watch recorded it."""
        return Verdict(self.record.verdict)

    def _phase(self, name: str, work: Callable[[], PhaseReport]) -> PhaseReport:
        self._check_order(name)
        # SAS, and the time of pools, count from the beginning of each phase.
        self.context = self._context_of(self.plan)
        clock = self.context.clock
        begun = clock.monotonic()
        self._move(name, STARTED)
        try:
            report = work()
        except RecipeBatchError as error:
            summary = error.message.splitlines()[0]
            try:
                self._move(name, FAILED, summary)
            except RecipeBatchError:
                # Where the service cannot be reached, neither can the record: the first error is the one to tell.
                self.record = self.record.with_phase(name, FAILED, clock.now(), summary)
            raise
        self._move(name, DONE, report.summary)
        return replace(report, seconds=round(clock.monotonic() - begun, 3))

    def _check_order(self, name: str) -> None:
        if self.done("purge") and name != "purge":
            raise UsageError(
                f"run {self.record.run_id} was purged: there is nothing to {name}", hint="apply starts another run"
            )
        needed = _NEEDS.get(name)
        # A job can be followed while it is being submitted; nodes and tasks need what comes before them whole.
        missing = needed is not None and (
            self.record.state_of(needed) is None if needed == "submit" else not self.done(needed)
        )
        if missing:
            raise UsageError(
                f"run {self.record.run_id} cannot {name} yet: {needed} comes first",
                hint=f"recipebatch {needed}, or apply for all phases",
            )

    def _blob_names(self, logical: str) -> tuple[str, ...]:
        container = self.plan.container(logical)
        return tuple(sorted(blob.name for blob in self.context.store_of(container).list_blobs(container.name)))

    def _listings(self) -> dict[str, tuple[str, ...]] | None:
        listings = self.record.listings
        return None if listings is None else {name: tuple(blobs) for name, blobs in listings.items()}

    def _job_listings(self) -> dict[str, Listing]:
        return {
            job: {name: tuple(blobs) for name, blobs in listed.items()}
            for job, listed in self.record.job_listings.items()
        }

    def _use_plan(self, plan: Plan) -> None:
        self.plan = plan
        self.context = self._context_of(plan)

    def _move(self, phase: str, state: str, summary: str = "") -> None:
        now = self.context.clock.now()
        self._update(lambda record: record.with_phase(phase, state, now, summary))

    def _update(self, change: Callable[[RunRecord], RunRecord]) -> None:
        """Write the record; what another command wrote since (a watch needs no lock) is kept."""
        self._guard()
        for _ in range(_WRITE_TRIES):
            try:
                self.record = self._store.save(change(self.record))
            except DocumentChangedError:
                self.record = self._store.load(self.record.run_id)
            else:
                return
        raise DocumentChangedError(
            f"the record of run {self.record.run_id} is written by others all the time", hint="run the command again"
        )
