"""Creates the jobs of job schedules when they are due, and completes, terminates and deletes schedules."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.workers import Workers
from recipebatch.emulator.scheduler import Recurrence, next_step
from recipebatch.emulator.state import parse_instant
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions import schedule as schedule_transitions
from recipebatch.vocabulary.durations import TICKS_PER_SECOND, parse_ticks
from recipebatch.vocabulary.states import JobState, ScheduleState

if TYPE_CHECKING:
    from recipebatch.emulator.engine.transient_states import TransientStates
    from recipebatch.emulator.state import Account, AccountRegistry, JobRecord, ScheduleRecord

_LONGEST_TIMER_SECONDS = 60.0
"""After this time a schedule is looked at again, because the clock may have been stepped forward."""
_ENDING = frozenset({ScheduleState.TERMINATING, ScheduleState.DELETING})


class JobSchedules:
    """The job schedules of all accounts."""

    def __init__(self, service: AccountRegistry, transient: TransientStates) -> None:
        self._service = service
        self._transient = transient
        self._timers: dict[ScheduleRecord, asyncio.TimerHandle] = {}
        self._workers = Workers("job schedule", _is_ending, self._finish)
        self._job_ended: dict[ScheduleRecord, asyncio.Event] = {}

    def reconcile(self, account: Account, schedule: ScheduleRecord) -> None:
        """Create the due job, if any, immediately: the next read of the schedule must show it."""
        if (timer := self._timers.pop(schedule, None)) is not None:
            timer.cancel()
        if schedule.state in {ScheduleState.ACTIVE, ScheduleState.DISABLED}:
            self._run_step(account, schedule)
        else:
            self._workers.reconcile(account, schedule)

    def job_changed(self, account: Account, job: JobRecord, *, gone: bool = False) -> None:
        """Handle a changed job: once it has ended, its schedule may create the next one."""
        schedule = account.schedule_of(job)
        if schedule is None or not (gone or job.state is JobState.COMPLETED):
            return
        if schedule.active_job == job.key:
            schedule.active_job = None
            schedule_transitions.save(account, schedule)
            asyncio.get_running_loop().call_soon(self.reconcile, account, schedule)
        if (event := self._job_ended.get(schedule)) is not None:
            event.set()

    async def stop(self) -> None:
        """Stop working on schedules; they stay as they are, and the next emulator continues."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self._workers.stop()

    def _run_step(self, account: Account, schedule: ScheduleRecord) -> None:
        now = account.clock.now()
        busy = self._is_busy(account, schedule)
        ahead = account.clock.ahead()
        recurrence = self._recurrence(account, schedule, ahead)
        step = next_step(recurrence, now=now, served=schedule.served, busy=busy)
        next_run = None if step.next_run is None else step.next_run - ahead
        if next_run != schedule.next_run:
            schedule.next_run = next_run
            schedule_transitions.save(account, schedule)
        if schedule.state is ScheduleState.ACTIVE:
            if step.due is not None:
                schedule_transitions.make_job(account, schedule, self._service.next_job_seq(), due=step.due)
            elif step.over:
                schedule_transitions.complete_schedule(account, schedule)
                return
        if step.wake is not None:
            # Rather a little late than early: an early timer would find nothing due and be set again.
            wait = max(0.001, (step.wake - now) / TICKS_PER_SECOND + 0.001)
            self._timers[schedule] = asyncio.get_running_loop().call_later(
                min(wait, _LONGEST_TIMER_SECONDS), self.reconcile, account, schedule
            )

    @staticmethod
    def _is_busy(account: Account, schedule: ScheduleRecord) -> bool:
        job = account.jobs.get(schedule.active_job or "")
        return job is not None and job.state is not JobState.COMPLETED

    @staticmethod
    def _recurrence(account: Account, schedule: ScheduleRecord, ahead: int) -> Recurrence:
        """The times of a schedule in the service's time, which is `ahead` of the times that clients send."""
        times = schedule.body.get("schedule") or {}
        spans = {
            name: account.clock.later(0, parse_ticks(times[name]))
            for name in ("recurrenceInterval", "startWindow")
            if name in times
        }
        first = parse_instant(times["doNotRunUntil"]) + ahead if "doNotRunUntil" in times else schedule.created
        if ahead and schedule.served is not None:
            # What has run is in the service's time; counted on from there, no due time comes twice.
            first = schedule.served
        return Recurrence(
            first=first,
            interval=spans.get("recurrenceInterval"),
            window=spans.get("startWindow"),
            end=parse_instant(times["doNotRunAfter"]) + ahead if "doNotRunAfter" in times else None,
        )

    async def _finish(self, account: Account, schedule: ScheduleRecord) -> None:
        """Finish terminating or deleting a schedule, after its jobs."""
        event = self._job_ended.setdefault(schedule, asyncio.Event())
        while (state := schedule.state) in _ENDING:
            event.clear()
            waited_for = [job for job in schedule_transitions.jobs_of(account, schedule) if _end(account, job, state)]
            if waited_for:
                await event.wait()
                continue
            await self._transient.wait_until_read(schedule)
            if schedule.state is not state:
                continue
            if state is ScheduleState.TERMINATING:
                schedule_transitions.complete_schedule(account, schedule)
            else:
                schedule_transitions.drop_schedule(account, schedule)
                del self._job_ended[schedule]
                return


def _is_ending(account: Account, schedule: ScheduleRecord) -> bool:
    return account.schedules.get(schedule.key) is schedule and schedule.state in _ENDING


def _end(account: Account, job: JobRecord, state: ScheduleState) -> bool:
    """End a job together with its schedule; True while it has not ended yet."""
    if state is ScheduleState.DELETING:
        if job.state is not JobState.DELETING:
            job_transitions.delete_job(account, job)
        return True
    if job.state not in job_transitions.CLOSED_STATES:
        job_transitions.terminate_job(account, job, schedule_transitions.TERMINATED_WITH_SCHEDULE)
    return job.state is not JobState.COMPLETED
