from __future__ import annotations

from recipebatch.emulator.scheduler.recurrence import Recurrence, next_step

HOUR = 36_000_000_000


def test_the_first_job_is_due_at_once_and_the_next_an_interval_later() -> None:
    taken = next_step(Recurrence(first=100, interval=HOUR), now=100, served=None, busy=False)
    assert (taken.due, taken.next_run, taken.wake, taken.over) == (100, 100 + HOUR, 100 + HOUR, False)


def test_nothing_is_due_before_the_first_moment() -> None:
    taken = next_step(Recurrence(first=100), now=99, served=None, busy=False)
    assert (taken.due, taken.next_run, taken.wake, taken.over) == (None, 100, 100, False)


def test_a_schedule_without_recurrence_completes_with_its_job() -> None:
    recurrence = Recurrence(first=100)
    made = next_step(recurrence, now=100, served=None, busy=False)
    assert (made.due, made.next_run, made.over) == (100, None, False)
    assert not next_step(recurrence, now=101, served=100, busy=True).over
    assert next_step(recurrence, now=102, served=100, busy=False).over


def test_a_due_job_waits_for_the_one_before_it() -> None:
    recurrence = Recurrence(first=0, interval=HOUR)
    assert next_step(recurrence, now=HOUR + 5, served=0, busy=True).due is None
    assert next_step(recurrence, now=HOUR + 6, served=0, busy=False).due == HOUR
    assert next_step(recurrence, now=HOUR + 7, served=HOUR, busy=False).due is None


def test_a_job_that_could_not_be_created_within_the_window_is_skipped() -> None:
    recurrence = Recurrence(first=0, interval=HOUR, window=10)
    assert next_step(recurrence, now=HOUR + 10, served=0, busy=False).due == HOUR
    late = next_step(recurrence, now=HOUR + 11, served=0, busy=False)
    assert (late.due, late.next_run) == (None, 2 * HOUR)


def test_of_several_missed_jobs_only_the_last_is_made() -> None:
    taken = next_step(Recurrence(first=0, interval=HOUR, window=5 * HOUR), now=3 * HOUR + 1, served=0, busy=False)
    assert (taken.due, taken.next_run) == (3 * HOUR, 4 * HOUR)


def test_a_recurring_schedule_completes_after_its_end_and_its_last_job() -> None:
    recurrence = Recurrence(first=0, interval=HOUR, end=HOUR + 5)
    last = next_step(recurrence, now=HOUR, served=0, busy=False)
    assert (last.due, last.next_run, last.wake, last.over) == (HOUR, None, HOUR + 6, False)
    assert not next_step(recurrence, now=HOUR + 4, served=HOUR, busy=False).over
    assert not next_step(recurrence, now=HOUR + 6, served=HOUR, busy=True).over
    after = next_step(recurrence, now=HOUR + 6, served=HOUR, busy=False)
    assert (after.over, after.wake) == (True, None)


def test_no_job_is_made_after_the_end() -> None:
    taken = next_step(Recurrence(first=0, end=10), now=11, served=None, busy=False)
    assert (taken.due, taken.over) == (None, True)


def test_a_lost_single_job_ends_the_schedule() -> None:
    assert next_step(Recurrence(first=0, window=10), now=11, served=None, busy=False).over
