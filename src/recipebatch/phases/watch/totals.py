"""The tasks of watched jobs by state, and the sentence that a watch ends with. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from recipebatch.report import TaskTotals
from recipebatch.text.name_lists import first_names
from recipebatch.vocabulary.causes import NOT_RUN, Cause
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.report import FailedTask
    from recipebatch.service import TaskSnapshot

_NAMED = 5


def totals_of(tasks: Iterable[TaskSnapshot]) -> TaskTotals:
    """Tasks by state, a completed one by its own result. Pure."""
    active = running = succeeded = failed = 0
    for task in tasks:
        if task.state == TaskState.COMPLETED:
            succeeded += task.succeeded
            failed += not task.succeeded
        elif task.state == TaskState.ACTIVE:
            active += 1
        else:
            running += 1
    return TaskTotals(active=active, running=running, succeeded=succeeded, failed=failed)


def sum_of(totals: Iterable[TaskTotals]) -> TaskTotals:
    """The totals of several jobs."""
    items = list(totals)
    return TaskTotals(
        active=sum(item.active for item in items),
        running=sum(item.running for item in items),
        succeeded=sum(item.succeeded for item in items),
        failed=sum(item.failed for item in items),
    )


def _causes(failed: Sequence[FailedTask]) -> str:
    """How many for each cause, where it is not always the exit code."""
    counts = Counter(task.cause for task in failed)
    if set(counts) <= {Cause.EXIT_CODE.value}:
        return ""
    return ", ".join(f"{count} {cause.replace('_', ' ')}" for cause, count in counts.items())


def _names(tasks: Sequence[FailedTask]) -> str:
    return first_names([task.task_id for task in tasks], _NAMED)


def summary_of(totals: TaskTotals, failed: Sequence[FailedTask]) -> str:
    """How many tasks succeeded, failed, were stopped, and never completed, the first of them by name."""
    if not totals.total:
        return "the job has no tasks"
    parts = [f"{totals.succeeded} of {totals.total} tasks succeeded"]
    stopped = [task for task in failed if task.cause == Cause.TERMINATED]
    ran = [task for task in failed if task.cause not in {*NOT_RUN, Cause.TERMINATED}]
    if ran:
        causes = _causes(ran)
        parts.append(f"{len(ran)} failed ({_names(ran)}{'; ' if causes else ''}{causes})")
    if stopped:
        parts.append(f"{len(stopped)} stopped ({_names(stopped)})")
    never = totals.total - totals.succeeded - len(ran) - len(stopped)
    if never:
        causes = _causes([task for task in failed if task.cause in NOT_RUN])
        parts.append(f"{never} never completed" + (f" ({causes})" if causes else ""))
    return ", ".join(parts)
