"""What an unfinished run has left to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_run import NOW, RECORD
from plans import a_plan

from recipebatch.execution.recipe_runs.pending import left_to_do
from recipebatch.phases import COLLECT, PHASES, PURGE
from recipebatch.properties.files import Collect
from recipebatch.properties.purge import PurgeWhen
from recipebatch.runs import DONE, STARTED

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord

KEEPING = a_plan(purge=PurgeWhen.NEVER)


def done(*left_out: str) -> RunRecord:
    record = RECORD
    for phase in PHASES:
        if phase is not PURGE:
            record = record.with_phase(phase.name, STARTED if phase.name in left_out else DONE, NOW)
    return record


def test_a_run_that_has_done_everything_and_keeps_it_has_nothing_left() -> None:
    assert left_to_do(done(), KEEPING) == ""


@pytest.mark.parametrize("phase", [phase.name for phase in PHASES if phase is not PURGE])
def test_a_phase_that_is_not_done_is_left(phase: str) -> None:
    assert left_to_do(done(phase), KEEPING) == f"run r1 is unfinished, and apply continues it with {phase}"


def test_outputs_are_collected_again() -> None:
    plan = replace(KEEPING, collect=(Collect(container="out", into="out"),))
    assert left_to_do(done(), plan) == f"run r1 is unfinished, and apply {COLLECT}s its outputs again"


@pytest.mark.parametrize(
    ("purge", "verdict", "left"),
    [
        (PurgeWhen.ALWAYS, "failed", True),
        (PurgeWhen.ASK, "failed", True),
        (PurgeWhen.ON_SUCCESS, "succeeded", True),
        (PurgeWhen.ON_SUCCESS, "failed", False),
        (PurgeWhen.NEVER, "succeeded", False),
    ],
)
def test_what_the_recipe_does_not_keep_is_purged(purge: PurgeWhen, verdict: str, *, left: bool) -> None:
    record = replace(done(), verdict=verdict)
    said = "run r1 is unfinished, and apply purges it" if left else ""
    assert left_to_do(record, a_plan(purge=purge)) == said
