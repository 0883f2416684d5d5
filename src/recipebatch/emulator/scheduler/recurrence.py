"""Decides when a job schedule creates its next job. All times and intervals are ticks.

A schedule is due at its first time and, if it recurs, at every interval after that. A due job is created immediately
or, if the previous job is still active, as soon as that has completed; but only within the start window, and not after
the next due time. Source: Batch REST API, `JobScheduleConfiguration`; recorded answers for
`nextRunTime`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """The times of a schedule.

    Attributes:
        first: `doNotRunUntil`, or the creation time of the schedule.
        interval: `recurrenceInterval`; None means a single job.
        window: `startWindow`; None means no limit.
        end: `doNotRunAfter`; None means never.
    """

    first: int
    interval: int | None = None
    window: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStep:
    """What a schedule does at a given time.

    Attributes:
        due: the due time of the job to create now; None if no job is to be created.
        next_run: the next due time; None if never.
        over: the schedule is completed: no more jobs will be created and the last one has ended.
        wake: when to evaluate the schedule again; None if only an event can change the result.
    """

    due: int | None
    next_run: int | None
    over: bool
    wake: int | None


def next_step(recurrence: Recurrence, *, now: int, served: int | None, busy: bool) -> ScheduleStep:
    """Decide what a schedule does at a given time.

    Args:
        recurrence: its times.
        now: the current time.
        served: the latest due time for which a job was created; None if there is none.
        busy: a job of the schedule has not completed yet.
    """
    past = recurrence.end is not None and now > recurrence.end
    latest, following = _due_times(recurrence, now)
    if following is not None and recurrence.end is not None and following > recurrence.end:
        following = None
    due = None if past else latest
    if due is not None and served is not None and due <= served:
        due = None
    if due is not None and recurrence.window is not None and now > due + recurrence.window:
        due = None
    # A recurring schedule without further jobs stays active until its end, because it may still be changed.
    waits = following is not None or (recurrence.interval is not None and not past)
    wake = following
    if wake is None and recurrence.interval is not None and recurrence.end is not None and not past:
        wake = recurrence.end + 1
    return ScheduleStep(
        due=None if busy else due, next_run=following, over=not busy and due is None and not waits, wake=wake
    )


def _due_times(recurrence: Recurrence, now: int) -> tuple[int | None, int | None]:
    """The latest due time up to now, and the next one."""
    if now < recurrence.first:
        return None, recurrence.first
    if recurrence.interval is None:
        return recurrence.first, None
    latest = now - (now - recurrence.first) % recurrence.interval
    return latest, latest + recurrence.interval
