"""follow_jobs: look at all watched jobs again and again until each has ended, or a deadline passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import RunPausedError, WaitTimeoutError
from recipebatch.phases.provision import NodeCounter
from recipebatch.phases.table import UNPAUSE
from recipebatch.report import TaskTotals
from recipebatch.vocabulary.durations import limit_text
from recipebatch.vocabulary.states import ENDED, HELD, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.poller import Poller
    from recipebatch.phases.watch.job_watch import JobWatch
    from recipebatch.service import JobSnapshot

AT_ONCE = 20
"""Jobs that are looked at between two waits; of more the next ones have their turn after it."""

_RUNNING_ON = "the tasks continue to run: watch again, or purge to stop them"
_WAITING_ON = "the tasks stay in their job: watch again, or purge to end them"


def follow_jobs(watches: Sequence[JobWatch], poller: Poller, context: PhaseContext, limit: timedelta | None) -> None:
    """Follow jobs until all their tasks have completed, or none of the remaining ones can start.

    Args:
        watches: of the jobs.
        poller: counts the time since the watch began.
        context: the run at work.
        limit: how long at most; None is no limit.

    Raises:
        WaitTimeoutError: the limit was reached; the tasks continue.
        RunPausedError: a job is disabled.
        ServiceError: a job does not exist.
    """
    left = list(watches)
    before: dict[str, TaskTotals] = {}
    nodes: dict[str, NodeCounter] = {}
    while left:
        context.node_watch.look(context)
        changed = False
        for followed in left[:AT_ONCE]:
            seen, totals = followed.look()
            name = str(followed.job.id)
            if _has_ended(followed, seen, totals, before.get(name), context):
                left.remove(followed)
                continue
            _raise_if_late(followed, seen, totals, poller, limit)
            _look_at_nodes(followed, seen, nodes, context)
            changed = changed or totals != before.get(name, TaskTotals())
            before[name] = totals
        left = [*left[AT_ONCE:], *left[:AT_ONCE]]
        if left:
            poller.wait(changed=changed)
    for each in nodes.values():
        each.end()


def _has_ended(
    followed: JobWatch, seen: JobSnapshot, totals: TaskTotals, before: TaskTotals | None, context: PhaseContext
) -> bool:
    if seen.state in ENDED:
        return True
    if seen.state in HELD:
        raise RunPausedError(
            f"job {seen.id} is {seen.state}: none of its tasks starts",
            hint=f"enable it: recipebatch {UNPAUSE} {context.run_option}",
        )
    # A job that does not end by itself (it was submitted only in part) has ended when all its tasks have.
    unfinished = totals.active + totals.running
    whole = totals.total >= len(followed.job.tasks or ())
    if totals.total and whole and not unfinished and seen.all_tasks_complete_mode != "terminatejob":
        return True
    stands = totals == before and not totals.running and totals.failed
    return bool(stands and totals.active and whole and seen.state == JobState.ACTIVE and followed.all_blocked())


def _raise_if_late(
    followed: JobWatch, seen: JobSnapshot, totals: TaskTotals, poller: Poller, limit: timedelta | None
) -> None:
    if limit is None or not poller.timed_out:
        return
    why = "" if totals.running else followed.why_stuck(seen.pool_id)
    raise WaitTimeoutError(
        f"job {followed.job.id}: {totals.active + totals.running} of {totals.total} tasks unfinished after "
        f"{poller.elapsed:.0f} s (the limit is {limit_text(limit)})" + (f"; no task is running: {why}" if why else ""),
        hint=_RUNNING_ON if totals.running else _WAITING_ON,
    )


def _look_at_nodes(followed: JobWatch, seen: JobSnapshot, nodes: dict[str, NodeCounter], context: PhaseContext) -> None:
    """Tell how the nodes of the job's pool stand; a plan of labels does not know it."""
    pool = next((pool for pool in context.plan.pools if pool.logical == followed.job.pool), None)
    if pool is None or seen.pool_id is None:
        return
    if seen.pool_id not in nodes:
        nodes[seen.pool_id] = NodeCounter(pool, context, seen.pool_id)
    nodes[seen.pool_id].look()
