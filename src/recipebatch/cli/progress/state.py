"""LiveState: what a live view shows, kept up to date by events. It knows no terminal and no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.cli.progress.failure_groups import FailureGroups
from recipebatch.report import Amount, Cost, NodeCounts, PhaseEnded, PhaseStarted, TaskCounts, TaskFailed

if TYPE_CHECKING:
    from recipebatch.report import Event, TaskTotals

_RECENT = 15.0
"""Seconds: the rate of bytes is that of so long."""

_KNOWN_AFTER = 5.0
"""Seconds after which a rate says something of what is left."""


@dataclass(slots=True)
class Rate:
    """How fast a number grows.

    Attributes:
        recent: of the last seconds only, as for bytes; else since it was first seen, as for tasks.
    """

    recent: bool = False
    _seen: list[tuple[float, int]] = field(default_factory=list)

    def see(self, done: int, now: float) -> None:
        """It has come to `done`."""
        if self._seen and now - self._seen[-1][0] < 1.0 and len(self._seen) > 1:
            self._seen[-1] = (self._seen[-1][0], done)
            return
        self._seen.append((now, done))
        while self.recent and self._seen[1:] and now - self._seen[1][0] > _RECENT:
            del self._seen[0]
        if not self.recent:
            del self._seen[1:-1]

    def per_second(self, now: float) -> float | None:
        """None while it is not known."""
        if not self._seen or now - self._seen[0][0] < (1.0 if self.recent else _KNOWN_AFTER):
            return None
        grown = self._seen[-1][1] - self._seen[0][1]
        return grown / (now - self._seen[0][0]) if grown > 0 else None

    def left(self, total: int, now: float) -> float | None:
        """Seconds until it has come to `total`, if it goes on so; None where that is not known."""
        rate = self.per_second(now)
        missing = total - self._seen[-1][1] if self._seen else 0
        return missing / rate if rate and missing > 0 and now - self._seen[0][0] >= _KNOWN_AFTER else None


@dataclass(slots=True)
class LiveState:
    """What goes on.

    Attributes:
        phase: the one at work; empty between phases.
        since: when it began, by the clock of the caller.
        amounts: by what they are of.
        nodes: by pool.
        tasks: by job.
        rates: of amounts and of templates, by name.
    """

    phase: str = ""
    since: float = 0.0
    amounts: dict[str, Amount] = field(default_factory=dict)
    nodes: dict[str, NodeCounts] = field(default_factory=dict)
    tasks: dict[str, TaskCounts] = field(default_factory=dict)
    rates: dict[tuple[str, ...], Rate] = field(default_factory=dict)
    failures: FailureGroups = field(default_factory=FailureGroups)
    cost: str = ""

    @property
    def is_live(self) -> bool:
        """There is something to show."""
        return bool(self.phase or self.amounts or self.nodes or self.tasks)

    def take(self, event: Event, now: float) -> str:
        """Follow an event; what is to be said of it, or nothing."""
        if isinstance(event, TaskFailed):
            return self.failures.add(event)
        if isinstance(event, PhaseStarted):
            self._clear()
            self.phase, self.since = event.phase, now
        elif isinstance(event, PhaseEnded):
            self._clear()
        elif isinstance(event, Cost):
            self.cost = "" if event.why_unknown else event.text
        elif isinstance(event, Amount):
            self._take_amount(event, now)
        elif isinstance(event, NodeCounts):
            self.nodes[event.pool_id] = event
            if event.ended:
                del self.nodes[event.pool_id]
        elif isinstance(event, TaskCounts):
            self._take_tasks(event, now)
        return ""

    def take_failures(self) -> list[str]:
        """The lines of failures that were not said one by one; afterwards they count as said."""
        lines = self.failures.lines
        self.failures = FailureGroups()
        return lines

    def rate(self, *name: str) -> Rate:
        """The rate of an amount, or of a template of a job."""
        return self.rates.get(name, Rate())

    def _take_amount(self, event: Amount, now: float) -> None:
        if event.ended:
            self.amounts.pop(event.what, None)
            self.rates.pop((event.what,), None)
        else:
            self.amounts[event.what] = event
            self.rates.setdefault((event.what,), Rate(recent=True)).see(event.done, now)

    def _take_tasks(self, event: TaskCounts, now: float) -> None:
        if event.ended and event.job_id not in self.tasks:
            return
        self.tasks[event.job_id] = event
        self._see(event.totals, now, event.job_id)
        for template in event.templates:
            self._see(template.totals, now, event.job_id, template.name)

    def _see(self, totals: TaskTotals, now: float, *name: str) -> None:
        self.rates.setdefault(name, Rate()).see(totals.succeeded + totals.failed, now)

    def _clear(self) -> None:
        self.phase = ""
        for shown in (self.amounts, self.nodes, self.tasks, self.rates):
            shown.clear()
