"""Why a task did not do its work, in few words that a person can act on."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """The kinds of failures, as `retry --cause` and a recipe's `retry.causes` name them.

    `preempted` is a task whose node was taken away or lost, and that had not run again when its job ended; before that
    the service runs it again by itself. `start_task` is one that never ran, as no node of its pool got ready.
    `output_missing` is a task that succeeded, and whose output is not in its container.
    """

    EXIT_CODE = "exit_code"
    UPLOAD_FAILED = "upload_failed"
    OUTPUT_MISSING = "output_missing"
    RESOURCE_FILE = "resource_file"
    WALL_CLOCK = "wall_clock"
    TERMINATED = "terminated"
    COMMAND = "command"
    CONTAINER = "container"
    NODE = "node"
    PREEMPTED = "preempted"
    START_TASK = "start_task"
    BLOCKED = "blocked"
    NEVER_STARTED = "never_started"


TASK_ENDED = "TaskEnded"
"""The failure code of a task that was ended with its job. Source: recorded answers."""

STOPPED = "stopped by recipebatch"
"""The termination reason of a job that `recipebatch stop` ended."""

OUT_OF_TIME = "MaxWallClockTimeExpiry"
"""The termination reason of a job that reached its time limit. Source: Batch REST API, `JobExecutionInformation`."""

TASK_FAILED = "TaskFailed"
"""The termination reason of a job that the failure of a task ended. Source: recorded answers."""

FILE_UPLOAD = "FileUpload"
"""How the failure codes of output files begin. Source: recorded answers."""

_BY_BEGINNING = {
    "FailureExitCode": Cause.EXIT_CODE,
    FILE_UPLOAD: Cause.UPLOAD_FAILED,
    "OutputFile": Cause.UPLOAD_FAILED,
    "Blob": Cause.RESOURCE_FILE,
    "Resource": Cause.RESOURCE_FILE,
    "Http": Cause.RESOURCE_FILE,
    "ApplicationPackage": Cause.RESOURCE_FILE,
    TASK_ENDED: Cause.TERMINATED,
    "Command": Cause.COMMAND,
    "Container": Cause.CONTAINER,
    "Docker": Cause.CONTAINER,
    "Image": Cause.CONTAINER,
}


NOT_RUN = frozenset({Cause.PREEMPTED, Cause.START_TASK, Cause.BLOCKED, Cause.NEVER_STARTED})
"""Causes of tasks that came to no end of their own."""

_SIGPIPE = 128 + 13


def cause_of(code: str | None, *, exit_code: int | None, ran_out: bool) -> Cause:
    """The cause of a completed task's failure.

    Args:
        code: of its `failureInfo`; None when the service gives none.
        exit_code: None when its command never ran.
        ran_out: whether it ran as long as its `maxWallClockTime`. No recorded answer shows which code the service gives
            then, so the time tells, whatever the code.

    Source: recorded answers, and "Batch Status and Error Codes" for codes that were never recorded.
    """
    found = next((cause for beginning, cause in _BY_BEGINNING.items() if (code or "").startswith(beginning)), None)
    if ran_out and found in {None, Cause.EXIT_CODE, Cause.TERMINATED}:
        return Cause.WALL_CLOCK
    if found is not None:
        return found
    return Cause.EXIT_CODE if code is None and exit_code else Cause.NODE


def exit_code_text(code: int) -> str:
    """`exit code 3`; with what happened where the code says it: a shell gives 128 and the signal's number."""
    meaning = ": a program wrote to a pipe whose reader had ended (SIGPIPE)" if code == _SIGPIPE else ""
    return f"exit code {code}{meaning}"
