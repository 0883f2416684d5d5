"""Request: a command asks the one that holds a run's lock to end, so that it can stop or pause the run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from recipebatch.errors import RunPausedError, RunStoppedError
from recipebatch.runs.new_run import run_option

if TYPE_CHECKING:
    from recipebatch.errors import RecipeBatchError

STOP, PAUSE = "stop", "pause"
"""What a command can ask for, by the names of the commands that do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is written beside the lock for the command that holds it.

    Attributes:
        kind: `stop` or `pause`.
        by: who asks: owner and machine.
        to: since when the command that is meant has held the lock; a later holder is not meant.
    """

    kind: str
    by: str
    to: str

    def to_json(self) -> str:
        """The text of the note."""
        return json.dumps(asdict(self))


def request_from_json(text: str) -> Request | None:
    """The inverse of `Request.to_json`; None of a text that is no such note."""
    try:
        body = json.loads(text)
        values: dict[str, Any] = {field.name: body[field.name] for field in fields(Request)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    fit = all(isinstance(value, str) for value in values.values()) and values["kind"] in {STOP, PAUSE}
    return Request(**values) if fit else None


def stopped_error(run_id: str, by: str, account: str | None = None) -> RecipeBatchError:
    """The error of a command that finds its run stopped; `account`: what its hint must name."""
    return RunStoppedError(
        f"run {run_id} was stopped by {by}: this command ends without its results",
        hint="the command that stops it collects and purges; if it was interrupted: recipebatch stop"
        f" {run_option(run_id, account)}",
    )


def paused_error(run_id: str, by: str, account: str | None = None) -> RecipeBatchError:
    """The error of a command that finds its run paused; `account`: what its hint must name."""
    option = run_option(run_id, account)
    return RunPausedError(
        f"run {run_id} was paused by {by}: its tasks wait",
        hint=f"continue it: recipebatch unpause {option}, then recipebatch runs resume {option.removeprefix('--run ')}",
    )


def error_of(request: Request, run_id: str) -> RecipeBatchError:
    """The error by which the command ends that holds the lock."""
    return (stopped_error if request.kind == STOP else paused_error)(run_id, request.by)
