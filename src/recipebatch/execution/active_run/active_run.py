"""ActiveRun: the phases of one run; each is recorded, so that any process can continue where this one stopped."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.execution.active_run.ending_run import EndingRun
from recipebatch.execution.active_run.job_order import order, without_verdict
from recipebatch.execution.active_run.output_check import (
    collected_and_compared,
    outputs_to_record,
    summary_with_missing,
    tasks_have_ended,
    with_schedules,
)
from recipebatch.execution.active_run.retry import chosen, decide, due, find, retried, to_reactivate
from recipebatch.phases import (
    COLLECT,
    PROVISION,
    PURGE,
    ROOM_LIMIT,
    STAGE,
    SUBMIT,
    WATCH,
    Hashes,
    OutputBlobs,
    changed_inputs,
    check_job_ids,
    collect_outputs,
    find_lost_inputs,
    missing_blobs_of_jobs,
    names_text,
    output_containers,
    phases_between,
    provision_pools,
    provision_turn,
    stage_inputs,
    submit_jobs,
    upload_again,
    watch_jobs,
)
from recipebatch.properties.purge import Part
from recipebatch.report import TaskTotals, Verdict
from recipebatch.runs import FAILED, STARTED, new_run_hint

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from recipebatch.execution.active_run.retry import Failure
    from recipebatch.phases import Phase, PhaseOptions
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunRecord


class ActiveRun(EndingRun):
    """A run, its plan and its services. It is the `phases.PhaseRunner`: one method a phase."""

    _inputs_are_there = False

    def stage(self, _options: PhaseOptions) -> PhaseReport:
        """Make the containers and upload what is missing or changed."""
        hashes = Hashes(self.context.read_access)
        report = self._phase(STAGE, lambda: stage_inputs(self.context, hashes))
        self._inputs_are_there = True
        if staged := hashes.of_containers(self.plan.containers):
            self.journal.update(lambda record: replace(record, staged=staged))
        return report

    def restage(self) -> PhaseReport | None:
        """Upload again what storage has lost of what was staged; None if nothing was, or this command has looked."""
        if self._inputs_are_there or not self.journal.is_done(STAGE):
            return None
        staged, tasks_ran = self.record.staged, self.journal.has_begun(SUBMIT)
        lost = find_lost_inputs(self.context, staged, tasks_ran=tasks_ran)
        again = partial(upload_again, lost, self.context, staged, tasks_ran=tasks_ran)
        report = self._phase(STAGE, again) if lost else None
        self._inputs_are_there = True
        uploads = {container.logical: container.uploads for container in self.plan.containers}
        if changed := changed_inputs(uploads, staged, self.context.read_access):
            self.context.progress.say(
                f"local files have changed since they were staged: {names_text(changed)};"
                " the run goes on with what it staged, and --new starts one with the files of now"
            )
        return report

    def provision(self, _options: PhaseOptions) -> PhaseReport:
        """Make the pools and wait for their nodes; pools of jobs that still wait for others come with these."""
        self.journal.check_order(PROVISION)
        if Part.POOL in self.record.purged:
            # Before they are made: what is there again is not said to be gone.
            rest = [part for part in self.record.purged if part != Part.POOL]
            self.journal.update(lambda record: replace(record, purged=rest))

        def check_and_provision() -> PhaseReport:
            check_job_ids(self.context)
            return provision_pools(self.context, later=self._later_pools())

        return self._phase(PROVISION, check_and_provision)

    def submit(self, options: PhaseOptions) -> PhaseReport:
        """Expand the tasks, record what they were expanded from, and add them; jobs that wait for others come later.

        A pool that only such jobs run on is made before the first of them.
        """
        self.journal.check_order(SUBMIT)
        self.restage()
        reasons, said = list[str](), set(self.plan.warnings)

        def expand_and_submit() -> PhaseReport:
            self._reactivate()
            self._expand_first_jobs()
            found = order(self.plan, self.record.job_listings, self.context)
            self._expand_later_jobs(found.ready)
            reasons.extend(reason for _, reason in found.waiting)
            jobs = [job for job in self.plan.jobs if job not in self.waiting]
            missing = missing_blobs_of_jobs(self.context, jobs)
            made = provision_turn(self.context, jobs)
            report = submit_jobs(self.context, jobs=jobs, room_limit=min(ROOM_LIMIT, self.watch_limit(options)))
            self.task_log.submitted(jobs, self.context)
            if not self.record.tasks:
                tasks = asdict(TaskTotals(active=sum(len(job.tasks or ()) for job in jobs)))
                self.journal.update(lambda record: replace(record, tasks=tasks))
            new = (f"warning: {warning}" for warning in self.plan.warnings if warning not in said)
            report = replace(report, notes=(*report.notes, *new, *missing, *reasons))
            return report if made is None else _with_pools(report, made)

        report = self._phase(SUBMIT, expand_and_submit)
        if reasons:
            self._move(SUBMIT, STARTED, report.summary)
        return report

    def watch(self, options: PhaseOptions) -> PhaseReport:
        """Follow the submitted tasks to their end; the verdict is recorded."""
        return self.watch_submitted(self.watch_limit(options))

    def watch_stopped(self) -> PhaseReport | None:
        """See how the tasks of jobs ended that were stopped; None if no job was made."""
        made = [job for job in self.plan.jobs if self.context.batch.get_job(job.id) is not None]
        return self.watch_submitted(timedelta(), made) if made else None

    def watch_submitted(self, limit: timedelta, jobs: Sequence[PlannedJob] | None = None) -> PhaseReport:
        """Follow the submitted tasks, or those of some jobs, to their end, for so long at most; records the verdict."""
        waiting = self.waiting
        now = [job for job in self.plan.jobs if job not in waiting] if jobs is None else jobs
        outputs: list[OutputBlobs] = []

        def watch_and_look() -> PhaseReport:
            outputs.append(OutputBlobs(self.context))
            return self._watch(limit, now, outputs[0])

        report = self._phase(WATCH, watch_and_look)
        if waiting and not report.stopped:
            report = self._without_verdict(report)
        seen, gone = outputs_to_record(self.record, outputs[0])
        report = replace(report, missing_outputs=gone)
        tasks = dict(self.record.tasks) if report.totals is None else asdict(report.totals)
        self.journal.update(lambda record: replace(record, verdict=report.verdict.value, outputs=seen, tasks=tasks))
        return report

    def watch_awaited(self, limit: timedelta) -> PhaseReport:
        """Follow only the jobs, and their retries, that the next waiting job waits for."""
        names = {job.logical for job in self.waiting}
        following = next(job for job in self.waiting if not {entry.job for entry in job.after} & names)
        awaited = {entry.job for entry in following.after}
        jobs = [job for job in self.plan.jobs if (job.retry_of or job.logical) in awaited]
        report = self._phase(WATCH, lambda: self._watch(limit, jobs))
        self._move(WATCH, STARTED, report.summary)
        return report

    def _watch(self, limit: timedelta, jobs: Sequence[PlannedJob], outputs: OutputBlobs | None = None) -> PhaseReport:
        seen = self.task_log.prepared()
        report = watch_jobs(
            self.context,
            limit=limit,
            jobs=jobs,
            outputs=outputs,
            on_failures=seen,
            on_end=lambda tasks: self.task_log.ended(tasks, self.context),
        )
        return self.task_log.concluded(report, jobs, self.context)

    def watch_limit(self, options: PhaseOptions) -> timedelta:
        """How long tasks are followed: as the options or else the recipe say, or as long as the run may last."""
        if options.timeout is not None:
            return options.timeout
        return self.plan.watch_timeout or self.plan.run_limit

    def collect(self, options: PhaseOptions) -> PhaseReport:
        """Download what the recipe collects; of containers the blobs that match `include`, if that is given."""
        self._check_storage()
        had_ended = self.journal.is_done(WATCH) or tasks_have_ended(self.plan, self.context)

        def collect() -> PhaseReport:
            folder, overwrite = options.output_dir, options.overwrite
            return collect_outputs(
                self.context,
                folder=folder,
                overwrite=overwrite,
                include=options.include,
                ended=had_ended,
                before=self.record.collected,
            )

        missing = partial(self._missing_outputs, output_containers(self.plan))
        report = self._phase(COLLECT, lambda: with_schedules(collected_and_compared(collect, missing), self.context))
        self._collected = had_ended
        if report.missing_outputs:
            self._move(COLLECT, FAILED, summary_with_missing(report))
            self.journal.update(lambda record: replace(record, verdict=Verdict.FAILED.value))
            return report
        if not had_ended:
            # Running tasks may still write: this was not the last collect.
            self._move(COLLECT, STARTED, report.summary)
        elif any(entry.task_files for entry in self.plan.collect):
            # Their nodes may go before the next collect, such as one after a retry.
            jobs: dict[str, list[str]] = {str(job.id): [] for job in self.plan.jobs}
            self.journal.update(lambda record: replace(record, collected=jobs))
        return report

    def retry(self, *, causes: Collection[str] = (), tasks: Collection[str] = ()) -> PhaseReport | None:
        """Retry failed tasks; None when there are none. The phases from provision on must follow.

        Args:
            causes: only failures of these causes; empty is any.
            tasks: only these ids; empty is any.

        Raises:
            UsageError: the run was purged, or an id is of no task that failed.
        """
        if self.journal.has_begun(PURGE):
            raise UsageError(
                f"run {self.record.run_id} was purged: its inputs and pools are gone, and its tasks cannot be retried",
                hint=new_run_hint(self.record, self.journal.kept_failures()),
            )
        self.journal.check_parts("retry its tasks", Part.JOBS, Part.STORAGE)
        if not self.journal.has_begun(SUBMIT):
            raise UsageError(
                f"run {self.record.run_id} has not submitted any task yet", hint="continue it: recipebatch apply"
            )
        failures = chosen(find(self.plan, self.context, self.record.outputs), self.plan, causes=causes, tasks=tasks)
        # The pool may have been resized or deleted since: it is provisioned again before the tasks are added.
        return self._retry(failures, PROVISION)

    def retry_due(self, seen: PhaseReport) -> PhaseReport | None:
        """Retry what the recipe itself says to retry after a watch; None when there is nothing."""
        if not any(task.retry is not None for job in self.plan.jobs for task in job.tasks or ()):
            return None
        if not seen.failed_tasks:
            return None
        return self._retry(due(find(self.plan, self.context, self.record.outputs), self._retries()), SUBMIT)

    def _later_pools(self) -> list[str]:
        """The pools, by their names in the recipe, that no job runs on whose turn has come."""
        if not self.unmade_pools:
            return []
        ready = {job.pool for job in order(self.plan, self.record.job_listings, self.context).ready}
        return [name for name in self.unmade_pools if name not in ready]

    def _retry(self, failures: Sequence[Failure], first: Phase) -> PhaseReport | None:
        """Record what is retried before it is done; the phases from `first` on are to be done again."""
        entries = decide(failures, self._retries(), self.plan)
        if not entries:
            return None
        now = self.context.clock.now()
        again_in = {
            str(job.id): entry.tasks
            for entry in entries
            if entry.reactivated
            for job in self.plan.jobs
            if entry.job in {job.logical, job.retry_of}
        }
        written = [{**entry.to_json(), "at": now.isoformat(timespec="seconds")} for entry in entries]

        def again(record: RunRecord) -> RunRecord:
            changed = replace(
                record,
                retries=[*record.retries, *written],
                verdict=Verdict.UNKNOWN.value,
                ended=False,
                stopped={},
                # What they write may have other names this time.
                outputs={},
                collected={job: [*tasks, *again_in.get(job, ())] for job, tasks in record.collected.items()},
            )
            for phase in phases_between(first, PURGE):
                if changed.state_of(phase.name) is not None:
                    changed = changed.with_phase(phase.name, STARTED, now, "some tasks are retried")
            return changed

        self.journal.update(again)
        self._use_plan(self._planned(self._listings(), self._job_listings()))
        self._reactivate()
        return retried(entries, self.plan)

    def _reactivate(self) -> None:
        """Have recorded retries run again in their own jobs, those too that an interrupted command left undone."""
        entries = self._retries()
        if any(entry.reactivated for entry in entries):
            for failure in to_reactivate(find(self.plan, self.context, self.record.outputs).failures, entries):
                self.journal.check_lock()
                self.context.batch.reactivate_task(failure.job.id, str(failure.task.id))

    def _without_verdict(self, report: PhaseReport) -> PhaseReport:
        """A report on some of the jobs is no verdict on the run, unless one of them failed."""
        found = order(self.plan, self.record.job_listings, self.context)
        if len(found.blocked) < len(found.waiting) + len(found.ready):
            self._move(WATCH, STARTED, report.summary)
        return without_verdict(report, found)


def _with_pools(report: PhaseReport, made: PhaseReport) -> PhaseReport:
    """The report of a submit that made pools first."""
    return replace(report, summary=f"{made.summary}; {report.summary}", steps=(*made.steps, *report.steps))
