"""follow_run: watch a run's tasks to their end, submit the jobs that wait for others, and retry as the recipe says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.execution.active_run.active_run import ActiveRun
    from recipebatch.phases import PhaseOptions
    from recipebatch.report import PhaseReport


def follow_run(run: ActiveRun, options: PhaseOptions) -> Iterator[PhaseReport]:
    """Watch the tasks of all jobs to their end, and yield the reports of every watch, retry and submit.

    A job with `after` is submitted when the jobs that it waits for have ended. Failed tasks are retried as the recipe's
    `retry` says.

    Raises:
        WaitTimeoutError: all of it took longer than `options.timeout`, or than the recipe allows.
    """
    limit = run.watch_limit(options)
    clock = run.context.clock
    started = clock.monotonic()

    def left() -> timedelta:
        return max(timedelta(), limit - timedelta(seconds=clock.monotonic() - started))

    while run.waiting:
        seen = run.watch_awaited(left())
        yield seen
        if (retried := run.retry_due(seen)) is not None:
            yield retried
            yield run.submit(options)
            continue
        before = len(run.waiting)
        yield run.submit(options)
        if len(run.waiting) == before:
            break
    while True:
        seen = run.watch_submitted(left())
        yield seen
        if (retried := run.retry_due(seen)) is None:
            return
        yield retried
        yield run.submit(options)
