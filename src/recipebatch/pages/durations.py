"""How long tasks ran, by template; and how many ran at once. Pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from recipebatch.pages.model import TemplateDurations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.pages.model import ReportTask

BINS = 32
"""Bars of a histogram."""

SLOWEST = 10
"""So many of the slowest tasks are listed."""

_95 = 0.95


def by_template(tasks: Iterable[ReportTask]) -> tuple[TemplateDurations, ...]:
    """The durations of each template, in the order in which the templates come."""
    found: dict[str, list[ReportTask]] = defaultdict(list)
    for task in tasks:
        found[task.template].append(task)
    return tuple(durations_of(template, of) for template, of in found.items())


def durations_of(template: str, tasks: Sequence[ReportTask]) -> TemplateDurations:
    """The durations of the tasks of one template; of each its last try, however that ended."""
    counts = dict(Counter(task.state for task in tasks))
    ran = [(seconds, task) for task in tasks if (seconds := task.seconds) is not None]
    if not ran:
        return TemplateDurations(template=template, counts=counts, ran=0)
    ran.sort(key=lambda each: each[0])
    values = [seconds for seconds, _ in ran]
    return TemplateDurations(
        template=template,
        counts=counts,
        ran=len(values),
        least=values[0],
        median=statistics.median(values),
        mean=math.fsum(values) / len(values),
        p95=values[math.ceil(_95 * len(values)) - 1],
        most=values[-1],
        total=math.fsum(values),
        bins=histogram(values),
        slowest=tuple(task for _, task in ran[: -SLOWEST - 1 : -1]),
    )


def histogram(values: Sequence[float]) -> tuple[tuple[float, int], ...]:
    """Sorted values in bins of one width: the lower bound of each, and how many values it has."""
    least, most = values[0], values[-1]
    if most <= least:
        return ((least, len(values)),)
    width = (most - least) / BINS
    counts = Counter(min(int((value - least) / width), BINS - 1) for value in values)
    return tuple((least + place * width, counts[place]) for place in range(BINS))


def most_at_once(tasks: Iterable[ReportTask], until: float) -> tuple[int, float] | None:
    """The most tasks that ran at the same time, and when that was first so; None if none has run.

    Args:
        tasks: of the run.
        until: the end of those that still run.
    """
    moves = [
        move
        for task in tasks
        if task.began is not None
        for move in ((task.began, 1), (until if task.ended is None else task.ended, -1))
    ]
    # At the same moment one ends before the next begins.
    moves.sort()
    running, most = 0, (0, 0.0)
    for moment, change in moves:
        running += change
        if running > most[0]:
            most = running, moment
    return most if most[0] else None
