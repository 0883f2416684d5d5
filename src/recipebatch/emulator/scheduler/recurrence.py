"""When a job schedule makes its next job. All moments and spans are ticks.

A schedule is due at its first moment and, if it recurs, at every interval after that. A job that is due is made at
once, or, while the job before it is not over, as soon as it is: but only within the start window, and never beyond
the next time the schedule is due. Source: Batch REST API, `JobScheduleConfiguration`; recorded answers for
`nextRunTime`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """The schedule's times.

    Attributes:
        first: `doNotRunUntil`, or when the schedule was made.
        interval: `recurrenceInterval`; None is a schedule of one job.
        window: `startWindow`; None is no limit.
        end: `doNotRunAfter`; None is never.
    """

    first: int
    interval: int | None = None
    window: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a schedule does at a moment.

    Attributes:
        due: when the job it makes now was due, or None if it makes none.
        next_run: when it is due next; None if never.
        over: it will make no more jobs and the last one has ended: it is completed.
        wake: when to look again; None if time alone changes nothing.
    """

    due: int | None
    next_run: int | None
    over: bool
    wake: int | None


def turn(recurrence: Recurrence, *, now: int, served: int | None, busy: bool) -> Turn:
    """Decide what a schedule does at a moment.

    Args:
        recurrence: its times.
        now: the moment.
        served: up to when jobs that were due have been made; None if none was.
        busy: a job of the schedule is not over yet.
    """
    past = recurrence.end is not None and now > recurrence.end
    latest, following = _around(recurrence, now)
    if following is not None and recurrence.end is not None and following > recurrence.end:
        following = None
    due = None if past else latest
    if due is not None and served is not None and due <= served:
        due = None
    if due is not None and recurrence.window is not None and now > due + recurrence.window:
        due = None
    # A recurring schedule without another job stays until its end, because it may still be changed.
    waits = following is not None or (recurrence.interval is not None and not past)
    wake = following
    if wake is None and recurrence.interval is not None and recurrence.end is not None and not past:
        wake = recurrence.end + 1
    return Turn(due=None if busy else due, next_run=following, over=not busy and due is None and not waits, wake=wake)


def _around(recurrence: Recurrence, now: int) -> tuple[int | None, int | None]:
    """The last moment the schedule was due and the next one."""
    if now < recurrence.first:
        return None, recurrence.first
    if recurrence.interval is None:
        return recurrence.first, None
    latest = now - (now - recurrence.first) % recurrence.interval
    return latest, latest + recurrence.interval
