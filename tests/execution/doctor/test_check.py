from __future__ import annotations

from threading import Event

from recipebatch.errors import UsageError
from recipebatch.execution.doctor.check import Check, checked, fine, not_checked


def test_a_check_that_takes_too_long_has_failed() -> None:
    answered = Event()

    def slow() -> Check:
        answered.wait(60)
        return fine("slow", "fine")

    found = checked("slow", slow, limit=0.05)
    answered.set()
    assert (found.state, found.message) == ("bad", "no answer within 0.05 s")


def test_what_a_check_raises_is_what_is_wrong() -> None:
    def wrong() -> Check:
        raise UsageError("it is wrong\nin two lines", hint="correct it")

    found = checked("it", wrong)
    assert (found.state, found.message, found.cure) == ("bad", "it is wrong", "correct it")


def test_what_was_not_checked_lets_no_run_start_unless_it_does_not_decide() -> None:
    assert not not_checked("a", "why").lets_run
    assert not_checked("a", "why", decides=False).lets_run
