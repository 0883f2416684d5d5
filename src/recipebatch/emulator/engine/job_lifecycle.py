"""The lifecycle of jobs: disabling, terminating, deleting, and automatic completion."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.workers import Workers
from recipebatch.emulator.node_agent import remove_tree
from recipebatch.emulator.scheduler import ends_by_itself, exit_actions
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.emulator.state.transitions.job_manager import is_manager
from recipebatch.vocabulary.durations import NO_LIMIT, TICKS_PER_SECOND, parse_ticks
from recipebatch.vocabulary.states import JobState

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.engine.tasks import TaskAttempts
    from recipebatch.emulator.engine.transient_states import TransientStates
    from recipebatch.emulator.state import Account, JobRecord, TaskRecord

_LOG = logging.getLogger(__name__)
_TRANSIENT = frozenset({JobState.DISABLING, JobState.TERMINATING, JobState.DELETING})
_PERFORM = "performexitoptionsjobaction"
_EMPTY_SECONDS = 3.0
"""How long a job without tasks that completes with its last task waits for its first one."""
_LONGEST_TIMER_SECONDS = 86_400.0


class JobLifecycle:
    """The jobs of all accounts."""

    def __init__(self, attempts: TaskAttempts, transient: TransientStates) -> None:
        self._attempts = attempts
        self._transient = transient
        self._workers = Workers("job", _is_transient, self._finish)
        self._checks: dict[JobRecord, Account] = {}
        self._timers: dict[JobRecord, asyncio.TimerHandle] = {}
        self._deadlines: dict[JobRecord, tuple[int, float]] = {}
        self._empty: dict[JobRecord, asyncio.TimerHandle] = {}
        self._forced: dict[JobRecord, asyncio.Event] = {}
        self._releases: set[asyncio.Task[None]] = set()

    def reconcile(self, account: Account, job: JobRecord) -> None:
        """Schedule a check of the job on the event loop."""
        if not self._checks:
            asyncio.get_running_loop().call_soon(self._check_all)
        self._checks[job] = account
        if job.forced and (forced := self._forced.get(job)) is not None:
            forced.set()

    def task_completed(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """Release the dependent tasks, and apply the task's exit conditions to the job."""
        self._manager_completed(account, job, task)
        acts = job.body["onTaskFailure"] == _PERFORM
        if not acts and not job.body["usesTaskDependencies"]:
            return
        failure = None if task.failure is None else json.loads(task.failure)["code"]
        conditions = json.loads(task.spec).get("exitConditions") if '"exitConditions"' in task.spec else None
        actions = exit_actions(conditions, exit_code=task.exit_code, failure_code=failure)
        if actions.satisfies and job.body["usesTaskDependencies"]:
            task_transitions.satisfy_dependents(account, job, task)
        if acts and actions.job_action != "none" and job.state not in job_transitions.CLOSED_STATES:
            if actions.job_action == "terminate":
                job_transitions.terminate_job(account, job, "TaskFailed")
            else:
                job_transitions.disable_job(account, job, "requeue")

    @staticmethod
    def _manager_completed(account: Account, job: JobRecord, task: TaskRecord) -> None:
        """Terminate the job when its job manager ends, with any exit code, if `killJobOnCompletion` is set."""
        ends = is_manager(job, task) and job.body["jobManagerTask"]["killJobOnCompletion"]
        if ends and job.state not in job_transitions.CLOSED_STATES:
            job_transitions.terminate_job(account, job, "JMComplete")

    async def stop(self) -> None:
        """Stop working on jobs; they stay as they are, and the next emulator continues."""
        for timer in (*self._timers.values(), *self._empty.values()):
            timer.cancel()
        self._timers.clear()
        self._empty.clear()
        await self._workers.stop()
        for release in self._releases:
            release.cancel()
        await asyncio.gather(*self._releases, return_exceptions=True)

    def _check_all(self) -> None:
        checks, self._checks = self._checks, {}
        for job, account in checks.items():
            self._check(account, job)

    def _check(self, account: Account, job: JobRecord) -> None:
        self._watch_wall_clock(account, job)
        action = job.body["onAllTasksComplete"]
        active = job.state is JobState.ACTIVE
        ends = ends_by_itself(on_all_tasks_complete=action, all_completed=job.tasks.all_completed, active=active)
        if not self._is_still_empty(account, job, ends=ends) and ends:
            job_transitions.terminate_job(account, job, "AllTasksCompleted")
        self._workers.reconcile(account, job)

    def _is_still_empty(self, account: Account, job: JobRecord, *, ends: bool) -> bool:
        """Whether the job would complete although it has no tasks yet: it waits `_EMPTY_SECONDS` for tasks.

        In a recording, a client enabled such a job, read it as active, and then terminated it with its own reason.
        """
        if not ends or len(job.tasks):
            if (timer := self._empty.pop(job, None)) is not None:
                timer.cancel()
            return False
        loop = asyncio.get_running_loop()
        if job not in self._empty:
            seconds = account.clock.wait_seconds(_EMPTY_SECONDS * TICKS_PER_SECOND)
            self._empty[job] = loop.call_later(seconds, self.reconcile, account, job)
        if loop.time() < self._empty[job].when() - 0.01:  # a timer may fire early by the resolution of the clock
            return True
        del self._empty[job]
        return False

    async def _finish(self, account: Account, job: JobRecord) -> None:
        """Complete a transient state, and another one that replaced it meanwhile."""
        while (state := job.state) in _TRANSIENT:
            option = {JobState.DISABLING: job.disable_option or "requeue", JobState.TERMINATING: "terminate"}
            await asyncio.shield(self._attempts.empty_job(job, option.get(state, "drop")))
            if state is not JobState.DISABLING:
                await self._release(account, job)
            await self._transient.wait_until_read(job)
            if job.state is not state:
                continue
            if state is JobState.DISABLING:
                job.disable_option = None
                job_transitions.set_job_state(account, job, JobState.DISABLED)
            elif state is JobState.TERMINATING:
                job_transitions.complete_job(account, job)
            else:
                nodes = [account.node_root(pool.id, node) for pool in account.pools.values() for node in pool.nodes]
                await asyncio.to_thread(_remove_job_files, nodes, job.id)
                self._attempts.files.files_removed()
                job_transitions.drop_job(account, job)
                return

    async def _release(self, account: Account, job: JobRecord) -> None:
        """Run the release tasks; a forced termination does not wait for them, a forced deletion ends them."""
        forced = self._forced.setdefault(job, asyncio.Event())
        if job.forced:
            forced.set()
        loop = asyncio.get_running_loop()
        release = loop.create_task(self._attempts.preparations.release(account, job))
        self._releases.add(release)
        release.add_done_callback(self._releases.discard)
        force = loop.create_task(forced.wait())
        try:
            await asyncio.wait({release, force}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            force.cancel()
            self._forced.pop(job, None)
        if not release.done() and job.state is JobState.DELETING:
            release.cancel()
            await self._attempts.preparations.abandon(job)

    def _watch_wall_clock(self, account: Account, job: JobRecord) -> None:
        if (timer := self._timers.pop(job, None)) is not None:
            timer.cancel()
        limit = parse_ticks(job.body["constraints"]["maxWallClockTime"])
        if limit >= NO_LIMIT or job.state in job_transitions.CLOSED_STATES:
            self._deadlines.pop(job, None)
            return
        loop = asyncio.get_running_loop()
        known, deadline = self._deadlines.get(job, (None, 0.0))
        if known != limit:
            # By the clock of the event loop from now on: the clock of the machine may be set.
            deadline = loop.time() + (job.created + limit - account.clock.now()) / TICKS_PER_SECOND
            self._deadlines[job] = limit, deadline
        left = deadline - loop.time()
        if left <= 0:
            del self._deadlines[job]
            job_transitions.terminate_job(account, job, "MaxWallClockTimeExpiry")
            return
        self._timers[job] = loop.call_later(min(left, _LONGEST_TIMER_SECONDS), self.reconcile, account, job)


def _is_transient(account: Account, job: JobRecord) -> bool:
    return account.jobs.get(job.key) is job and job.state in _TRANSIENT


def _remove_job_files(nodes: list[Path], job_id: str) -> None:
    # The jobs of a schedule have a directory each below that of the schedule.
    for node in nodes:
        try:
            remove_tree(node / "workitems" / job_id.replace(":", "/"))
        except OSError as error:
            _LOG.warning("cannot remove files of job %s: %s", job_id, error)
