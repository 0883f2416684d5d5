"""The effects of a task's end on its job and its dependents.

Source: Batch REST API, `ExitConditions`. Without a matching condition, dependents run only after success;
the job is terminated after anything but exit code 0, if its `onTaskFailure` allows exit actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ExitActions:
    """The effects of a task's end.

    Attributes:
        job_action: `none`, `disable` or `terminate`.
        satisfies: whether tasks that depend on this one may run.
    """

    job_action: str
    satisfies: bool


def exit_actions(
    conditions: Mapping[str, Any] | None, *, exit_code: int | None, failure_code: str | None
) -> ExitActions:
    """Decide what follows a task's end.

    An action for the exit code has precedence over that for a failed upload.

    Args:
        conditions: the task's `exitConditions`.
        exit_code: None when there was no process or it was ended.
        failure_code: code of `failureInfo`; None is success.
    """
    options = _matching(conditions or {}, exit_code, failure_code)
    succeeded = failure_code is None
    return ExitActions(
        job_action=str(options.get("jobAction") or ("none" if succeeded else "terminate")),
        satisfies=(options.get("dependencyAction") or ("satisfy" if succeeded else "block")) == "satisfy",
    )


def _matching(conditions: Mapping[str, Any], exit_code: int | None, failure_code: str | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = None
    if exit_code is not None:
        found = next((m["exitOptions"] for m in conditions.get("exitCodes") or () if m["code"] == exit_code), None)
        if found is None:
            ranges = conditions.get("exitCodeRanges") or ()
            found = next((m["exitOptions"] for m in ranges if m["start"] <= exit_code <= m["end"]), None)
    if found is None and failure_code is not None and failure_code.startswith("FileUpload"):
        found = conditions.get("fileUploadError")
    if found is None and exit_code is None and failure_code not in {None, "TaskEnded"}:
        found = conditions.get("preProcessingError")
    if found is None and failure_code is not None:
        found = conditions.get("default")
    return found or {}
