"""Something that is looked at again and again while someone wants to know."""

from __future__ import annotations

import threading

import pytest
from waiting import wait_for

from recipebatch.ui.watched import Watched


class Counter:
    """A value that changes when it is told to, and counts how often it was looked at."""

    def __init__(self) -> None:
        self.value = 1
        self.looks = 0
        self.error: Exception | None = None

    def look(self) -> tuple[int, int]:
        self.looks += 1
        if self.error is not None:
            raise self.error
        return self.value, self.looks


def watched(counter: Counter, every: float) -> Watched[tuple[int, int]]:
    return Watched(counter.look, every, lambda value: value[0])


def test_a_value_of_a_moment_ago_is_not_asked_for_again() -> None:
    counter = Counter()
    found = watched(counter, 60)
    assert (found.value(), found.value(), counter.looks) == ((1, 1), (1, 1), 1)


def test_a_change_ends_a_wait_and_what_stays_the_same_does_not() -> None:
    counter = Counter()
    found = watched(counter, 0.01)
    assert found.value() == (1, 1)
    with found:
        wait_for(lambda: counter.looks > 2, "looks")
        assert (found.version, found.changes) == (0, 0)
        counter.value = 2
        assert found.wait(0, 10) == 1
        assert (found.changes, found.value()[0]) == (1, 2)
        found.tell()
        assert (found.wait(1, 10), found.changes) == (2, 1)


def test_nothing_is_looked_at_when_nobody_watches() -> None:
    counter = Counter()
    found = watched(counter, 0.01)
    with found, found:
        wait_for(lambda: counter.looks > 1, "looks")
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == "ui-watch"], "an end")
    before = counter.looks
    assert found.wait(0, 0.05) == 0
    assert counter.looks == before


def test_an_error_is_raised_for_who_asks_and_the_next_look_may_work() -> None:
    counter = Counter()
    counter.error = ValueError("no answer")
    found = watched(counter, 0.01)
    with pytest.raises(ValueError, match="no answer"):
        found.value()
    with found:
        wait_for(lambda: counter.looks > 3, "looks")
        counter.error = None
        wait_for(lambda: found.value()[0] == 1, "a value")


def test_a_close_ends_all_waits() -> None:
    found = watched(Counter(), 60)
    with found:
        threading.Timer(0.05, found.close).start()
        assert found.wait(0, 10) == 0
        assert found.is_closed
