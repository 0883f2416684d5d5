"""What follows the end of a task attempt, and the end of a job's last task."""

from __future__ import annotations

from enum import Enum

UNLIMITED = -1
"""`maxTaskRetryCount` of a task that is retried until it succeeds."""


class AfterRun(Enum):
    """What follows an attempt."""

    RETRY = "retry"
    COMPLETE = "complete"


def after_run(*, failure_code: str | None, retry_count: int, max_retries: int) -> AfterRun:
    """Decide what follows an attempt that was not ended by the engine.

    Only an exit code other than 0 is retried: missing input, an unknown program, a failed upload or a
    timeout would fail again (Batch REST API, `maxTaskRetryCount`: "specifically controls the number of retries for
    the task executable due to a nonzero exit code").

    Args:
        failure_code: code of `failureInfo`; None is success.
        retry_count: retries so far.
        max_retries: `maxTaskRetryCount`; counts retries, not attempts.
    """
    if failure_code == "FailureExitCode" and (max_retries == UNLIMITED or retry_count < max_retries):
        return AfterRun.RETRY
    return AfterRun.COMPLETE


def ends_by_itself(*, on_all_tasks_complete: str, all_completed: bool, active: bool) -> bool:
    """Whether an active job completes because all its tasks are completed; an empty job completes too."""
    return active and all_completed and on_all_tasks_complete == "terminatejob"
