"""Which run `apply` of a recipe works on next: the unfinished one, or a new one; what it asks, and what it refuses."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from recipebatch.execution.recipe_runs.changed_sizes import is_resized
from recipebatch.phases import failed_before_tasks, never_submitted
from recipebatch.properties.written_scalars import are_same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.execution.recorded_plan import RecordedRun
    from recipebatch.recipe import Recipe


class NextRun(Enum):
    """What is to be done with the unfinished run of a recipe."""

    START = "no run is unfinished: another one starts"
    START_AFTER_PURGE = (
        "its purge has begun before its tasks were submitted: that is completed, then another one starts"
    )
    START_AFTER_FAILURE = "it failed before any task ran, and the recipe says something else by now: another one starts"
    ASK = "the recipe says something else by now: the user is asked whether it goes on"
    REFUSE = "it started with other parameters"
    CONTINUE = "it goes on"


def next_run(run: RecordedRun | None, recipe: Recipe, given: Mapping[str, object]) -> NextRun:
    """What `apply` does with the unfinished run of a recipe; nothing is asked.

    Args:
        run: the newest one of the recipe that has not ended, and has taken it (`RecordedRun.reuse`).
        recipe: as it is now.
        given: parameters that are given now.
    """
    if run is None:
        return NextRun.START
    if never_submitted(run.record):
        # Only its purge is completed, whatever the recipe says now.
        return NextRun.START_AFTER_PURGE
    if not run.says(recipe):
        if failed_before_tasks(run.record):
            return NextRun.START_AFTER_FAILURE
        if not is_resized(run, recipe):
            return NextRun.ASK
    return NextRun.CONTINUE if has_parameters(run, given) else NextRun.REFUSE


def has_parameters(run: RecordedRun, given: Mapping[str, object]) -> bool:
    """Whether a run started with the parameters that are given now, if any are."""
    return not given or are_same(run.parameters_with(given), run.record.parameters)
