from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recipebatch.phases import Poller


@dataclass
class Clock:
    """A clock that advances only in `sleep`."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Context:
    clock: Clock = field(default_factory=Clock)
    poll_interval: timedelta = timedelta(seconds=2)
    slow_poll_interval: timedelta = timedelta(seconds=4)


def test_intervals_grow_while_nothing_changes_and_start_again_after_a_change() -> None:
    context = Context()
    poller = Poller(context, limit=None)
    for changed in (True, False, False, False, True):
        poller.wait(changed=changed)
    assert context.clock.slept == [2, 3, 4, 4, 2]
    assert poller.elapsed == 15
    assert not poller.timed_out


def test_the_last_wait_ends_at_the_limit() -> None:
    context = Context()
    poller = Poller(context, limit=timedelta(seconds=5))
    poller.wait(changed=True)
    assert not poller.timed_out
    poller.wait(changed=False)
    poller.wait(changed=False)
    assert context.clock.slept == [2, 3, 0]
    assert poller.timed_out
