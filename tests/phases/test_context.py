"""What is told of a phase while it is at work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_pools import Notes
from in_memory_run import LABELS, World
from plans import a_plan

from recipebatch.errors import ServiceError
from recipebatch.report import PhaseEnded, PhaseReport, PhaseStarted, StepDone, StepReport

if TYPE_CHECKING:
    from recipebatch.phases import PhaseContext


def context() -> tuple[PhaseContext, Notes]:
    notes = Notes()
    return replace(World().context(LABELS.on(a_plan())), progress=notes), notes


def test_a_phase_is_told_with_its_beginning_its_steps_and_its_end() -> None:
    told, notes = context()
    made = StepReport(action="created", kind="container", name="c")
    uploaded = StepReport(action="uploaded", kind="blob", name="c/a.txt")
    report = PhaseReport(phase="stage", summary="done", steps=(made, uploaded))
    assert told.told("stage", lambda: report) is report
    # Each uploaded file is told when it is uploaded.
    assert notes.events == [
        PhaseStarted(phase="stage"),
        StepDone(phase="stage", step=made),
        PhaseEnded(phase="stage", report=report),
    ]


@pytest.mark.parametrize(
    ("error", "message"), [(ServiceError("no nodes"), "no nodes"), (KeyboardInterrupt(), "KeyboardInterrupt")]
)
def test_a_phase_that_fails_is_told_with_why(error: BaseException, message: str) -> None:
    told, notes = context()

    def work() -> PhaseReport:
        raise error

    with pytest.raises(type(error)):
        told.told("provision", work)
    assert notes.events[-1] == PhaseEnded(phase="provision", message=message)
