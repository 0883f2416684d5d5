"""EndingRun: what happens to what a run made: its outputs are compared, its pools scaled, its parts deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, RunPausedError, RunStoppedError, ServiceError, UsageError
from recipebatch.execution.active_run.output_check import (
    missing_outputs,
    tasks_have_ended,
    uncollected,
    uncollected_containers,
)
from recipebatch.execution.active_run.planned_run import PlannedRun
from recipebatch.phases import COLLECT, PURGE, SUBMIT, WATCH, NobodyToAskError, purge_resources, scale_idle_pools
from recipebatch.properties.purge import EVERYTHING, Part, PurgeWhen, in_order, part_of
from recipebatch.report import Verdict
from recipebatch.runs import DONE, FAILED, STARTED, labels, run_option

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recipebatch.phases import OutputsMissingError, PhaseOptions
    from recipebatch.report import PhaseReport


class EndingRun(PlannedRun):
    """A run whose tasks have ended, or which is given up."""

    _collected = False

    def purge(self, options: PhaseOptions, *, parts: frozenset[Part] = EVERYTHING) -> PhaseReport:
        """Delete what the run made, or some parts of it; `options.confirm` is asked only where the recipe says `ask`.

        A run that is purged in part can still do what needs only the rest, and be purged again.

        Raises:
            UsageError: it would delete outputs that were not collected, and `force` is not set.
            NobodyToAskError: `options.confirm` cannot ask; nothing was deleted.
            OutputsMissingError: outputs of finished tasks are gone and were not collected, and `force` is not set.
        """
        if not options.force and (gone := self.missing_outputs()) is not None:
            raise gone
        if (lost := self.uncollected(parts)) and not options.force:
            collect = f"collect first: {self._collect_command()}"
            raise UsageError(
                f"run {self.record.run_id}: outputs were not collected: {lost}",
                hint=f"{'' if self.by_labels else f'{collect}, or '}delete them too: {self.purge_command()}",
            )
        self.task_log.before_nodes_go(self.context)
        self.context.node_watch.look(self.context, at_once=True)
        report = self.context.told(PURGE.name, lambda: self._delete(options, parts))
        if Part.POOL in parts:
            self.context.node_watch.look(self.context, at_once=True)
        kept = {step.kind for step in report.steps if step.action == "kept"}
        if "pool" in kept or Part.POOL not in parts:
            without_jobs = Part.JOBS in parts and not kept & {"job", "job schedule"}
            named = any(self.purge_command() in note for note in report.notes)
            idle = self.scale_idle_pools(ended=without_jobs, name_purge=not named)
            report = replace(report, notes=(*report.notes, *idle))
        if parts == EVERYTHING:
            self.end()
        return report

    def _delete(self, options: PhaseOptions, parts: frozenset[Part]) -> PhaseReport:
        """Delete parts of the run, and record what is begun before it is begun."""
        rule = self.plan.purge
        clock = self.renewed_context().clock
        started = clock.monotonic()

        def confirm(kind: str, names: tuple[str, ...]) -> bool:
            return rule.when(part_of(kind)) is not PurgeWhen.ASK or options.confirm(kind, names)

        deletes_all = False

        def start(deleted: frozenset[Part], /, *, whole: bool) -> None:
            nonlocal deletes_all
            deletes_all = whole
            self._start_purge(deleted, whole=whole)

        try:
            report = purge_resources(self.context, confirm=confirm, force=options.force, parts=parts, on_start=start)
        except (NobodyToAskError, RunPausedError, RunStoppedError):
            raise
        except RecipeBatchError as error:
            if self.journal.has_begun(PURGE):
                self.journal.fail(PURGE, clock, error.message.splitlines()[0])
            raise
        if deletes_all:
            self._move(PURGE, DONE, report.summary)
        elif self.journal.has_begun(PURGE):
            self._move(PURGE, STARTED, report.summary)
        return replace(report, seconds=round(clock.monotonic() - started, 3))

    def _start_purge(self, deleted: frozenset[Part], *, whole: bool) -> None:
        """Record which parts are deleted, and let those who follow the output of tasks read the rest of it."""
        if whole:
            self.journal.move(PURGE, STARTED, self.context.clock, begins=True)
        elif deleted and not self.journal.has_begun(PURGE):
            before = {Part(part) for part in self.record.purged}
            purged = [part.value for part in in_order(deleted | before)]
            self.journal.update(lambda record: replace(record, purged=purged))
        if deleted & {Part.JOBS, Part.POOL}:
            self.journal.wait_for_followers(self.context.clock, self.context.progress.say)

    def scale_idle_pools(self, *, ended: bool = False, name_purge: bool = True) -> tuple[str, ...]:
        """Scale the pools of a run whose tasks have ended to 0 nodes, and say so; nothing if they have not ended.

        Args:
            ended: they have, whatever is recorded.
            name_purge: also say which command removes them; False where that is said anyway.
        """
        if not (ended or self._has_ended()):
            return ()
        self.task_log.before_nodes_go(self.context)
        self.context.node_watch.look(self.context, at_once=True)
        try:
            pools = scale_idle_pools(
                self.context, keep=self._why_nodes_are_needed(), why_not=self._why_other_run_needs_it
            )
            self.context.node_watch.look(self.context, at_once=True)
        except ServiceError as error:
            return (f"pools may keep nodes, which incur charges: {error.message}",)
        # A pool that another run still needs is not this one's to remove.
        return tuple(
            str(pool) if (pool.reason if pool.run else not name_purge) else f"{pool}; {self._how_to_remove(pool.run)}"
            for pool in pools
        )

    def _how_to_remove(self, run: str) -> str:
        """What removes an idle pool of this run, or of another one, after what must not be lost is collected."""
        command = f"remove it with `{self.purge_command(run)}`"
        if run or not self.uncollected():
            return command
        if self.record.state_of(COLLECT.name) == FAILED:
            return f"{command} (it deletes outputs that were not collected)"
        return f"its outputs are not collected: `{self._collect_command()}`"

    def _collect_command(self) -> str:
        return f"recipebatch {COLLECT} {self.journal.run_option}"

    def _why_other_run_needs_it(self, metadata: Mapping[str, str]) -> str:
        """Why a pool that another run made is not scaled to 0 nodes; empty if that run of this owner has ended."""
        run, own = metadata[labels.RUN], dict(self.context.labels.as_metadata())
        if any(metadata.get(name) != own[name] for name in (labels.OWNER, labels.RECORDS)):
            return f"run {run} of {metadata.get(labels.OWNER, 'another owner')} made it"
        return "" if self.journal.has_ended(run) else f"run {run} made it, and has not ended"

    def _has_ended(self) -> bool:
        """Whether no task of the run is going to run any more, unless it is retried."""
        if self.record.stopped or self.journal.is_done(WATCH):
            return True
        return self.journal.is_done(SUBMIT) and tasks_have_ended(self.plan, self.context)

    def _why_nodes_are_needed(self) -> str:
        """Why the nodes of a run whose tasks have ended must stay for now: what only they have is not collected yet."""
        run = self.journal.run_option
        if self._lacks_task_files():
            return f"the task files on them are not collected; recipebatch {COLLECT} {run}"
        gone = self.missing_outputs()
        if gone is not None and gone.on_nodes:
            return f"outputs that are missing in storage may be on them; recipebatch logs {run} --file NAME"
        return ""

    def why_nodes_stay(self) -> str:
        """Why nodes of the run stay though its tasks have ended, as far as its record tells, and what ends that."""
        over = self.by_labels or self.journal.has_begun(PURGE) or Part.POOL in self.record.purged
        if over or not self.journal.is_done(WATCH) or not self._lacks_task_files():
            return ""
        collect = f"recipebatch {COLLECT} {self.journal.run_option}"
        return f"the task files on them are not collected: {collect}; without the files: {self.purge_command()}"

    def _lacks_task_files(self) -> bool:
        """Whether task files are still to be collected; those that were missing at a collect stay so."""
        looked = self._collected or self.journal.is_done(COLLECT)
        return any(entry.task_files for entry in self.plan.collect) and not looked

    def purge_command(self, run: str = "") -> str:
        """The command that deletes the resources of the run, or of another one.

        Whether outputs go uncollected, only the user decides.
        """
        force = " --force" if not run and self.uncollected() else ""
        return f"recipebatch {PURGE} {run_option(run or self.record.run_id, self.record.account)}{force}"

    def uncollected(self, parts: frozenset[Part] = EVERYTHING) -> str:
        """Which outputs a purge of these parts would delete uncollected, as a sentence; empty if none."""
        if self.by_labels:
            in_danger = Part.STORAGE in parts and self.plan.containers and self.journal.has_begun(SUBMIT)
            if not in_danger or self.journal.is_done(COLLECT) or self.journal.has_begun(PURGE):
                return ""
            return "which containers have some is not known, as the run has no plan any more"
        return uncollected(self.plan, self.journal, parts)

    def missing_outputs(self) -> OutputsMissingError | None:
        """Outputs that are missing and were not collected, so that a purge must be forced; None if there are none."""
        if self.by_labels or self.journal.has_begun(PURGE) or Part.STORAGE in self.record.purged:
            return None
        return self._missing_outputs(uncollected_containers(self.plan, collected=self.journal.is_done(COLLECT)))

    def _missing_outputs(self, containers: Collection[str]) -> OutputsMissingError | None:
        """Compare what finished tasks uploaded with what is there; the run has failed where something is gone."""
        if not self.journal.has_begun(SUBMIT):
            return None
        found = missing_outputs(self.plan, self.record, self.context, containers)
        if found is not None:
            self.journal.update(lambda record: replace(record, verdict=Verdict.FAILED.value))
        return found

    def _check_storage(self) -> None:
        """Check that the containers that are collected were not purged.

        Raises:
            UsageError: one of them was.
        """
        own = {
            container.logical for container in self.plan.containers if not (container.existing or container.retention)
        }
        if any(entry.container in own for entry in self.plan.collect):
            self.journal.check_parts(str(COLLECT), Part.STORAGE)
