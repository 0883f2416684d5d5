"""What follows when a run of a task has ended, and when a job's tasks have."""

from __future__ import annotations

from enum import Enum

UNLIMITED = -1
"""`maxTaskRetryCount` of a task that is retried until it succeeds."""


class AfterRun(Enum):
    """What follows a run."""

    RETRY = "retry"
    COMPLETE = "complete"


def after_run(*, failure_code: str | None, retry_count: int, max_retries: int) -> AfterRun:
    """Decide what follows a run that ended by itself.

    Only an exit code other than 0 is retried: missing input, an unknown program, a failed upload or a run that took too
    long would fare no better (Batch REST API, `maxTaskRetryCount`: "specifically controls the number of retries for the
    task executable due to a nonzero exit code").

    Args:
        failure_code: code of `failureInfo`; None is success.
        retry_count: retries so far.
        max_retries: `maxTaskRetryCount`; counts retries, not runs.
    """
    if failure_code == "FailureExitCode" and (max_retries == UNLIMITED or retry_count < max_retries):
        return AfterRun.RETRY
    return AfterRun.COMPLETE


def ends_by_itself(*, on_all_tasks_complete: str, all_completed: bool, active: bool) -> bool:
    """Whether an active job ends now because no task is left that is not completed; true of an empty job too."""
    return active and all_completed and on_all_tasks_complete == "terminatejob"
