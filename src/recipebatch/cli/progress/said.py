"""What is said of an event in a line that stays, on a terminal and in a log alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.report import Note, PhaseEnded, Request, StepDone
from recipebatch.text.sizes import size_text
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from recipebatch.report import Event, StepReport


def said_of(event: Event, *, verbose: bool, phases: bool) -> str:
    """A line, or nothing.

    Args:
        event: what happened.
        verbose: say each step and each request.
        phases: say how a phase ended.
    """
    if isinstance(event, Note):
        return event.text
    if isinstance(event, PhaseEnded) and event.report is not None and phases:
        return f"{event.phase}: {event.report.summary} ({event.report.seconds:.1f} s)"
    if isinstance(event, StepDone) and verbose:
        return step_text(event.step)
    if isinstance(event, Request) and verbose:
        return request_text(event)
    return ""


def step_text(step: StepReport) -> str:
    """`uploaded blob input/a.txt (1.2 KiB)`, `added 3,000 tasks of j`."""
    size = f" ({size_text(step.size)})" if step.size else ""
    what = f"{step.count:,} {step.kind}s of" if step.count > 1 else step.kind
    detail = f": {step.detail}" if step.detail else ""
    return one_line(f"  {step.action} {what} {step.name}{size}{detail}")


def request_text(request: Request) -> str:
    """`GET https://…/jobs/j: 200, 12 ms`."""
    outcome = str(request.status) if request.status is not None else "no answer"
    error = f" {request.error}" if request.error else ""
    return one_line(f"  {request.method} {request.url}: {outcome}{error}, {request.milliseconds:,} ms")
