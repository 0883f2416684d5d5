"""apply_saved: carries out a plan that `Recipe.compare(save_to=…)` or `recipebatch plan -o` saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.api.look.report import check_target, report_at_end
from recipebatch.phases import select_phases
from recipebatch.report import Quiet

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from recipebatch.phases import PhaseOptions
    from recipebatch.report import PhaseReport, Progress, RunReport


def apply_saved(
    plan: execution.SavedPlan,
    *,
    phases: Sequence[str] = (),
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: Callable[[PhaseReport], None] | None = None,
    report_file: str | os.PathLike[str] | None = None,
    agree: Callable[[execution.ComparedPlan], None] | None = None,
) -> RunReport:
    """Carry out exactly a saved plan, while all that it was made against is as it was.

    Args:
        plan: as `read_saved_plan` reads it from a file.
        phases: as in `Recipe.apply`, and all others too.
        account: None is that of the plan.
        options: how the phases do their work.
        progress: receives progress messages.
        on_phase: is given the report of each phase when it ends.
        report_file: the page of the run's report, which is written at the end, also where a phase failed.
        agree: is given what would be done, once it is known to be what was planned; what it raises ends the call.

    Raises:
        StalePlanError: something has changed since the plan was made.
        RecipeBatchError: of the phase that failed.
    """
    if report_file is not None:
        check_target(report_file)
    runs: list[str] = []
    account = account or plan.record.account
    work = execution.Work(command="apply", phases=select_phases(only=phases), agree=agree, on_run=runs.append)
    selector = execution.selector_of_saved_plan(plan, execution.load_recipe(plan.recipe))
    try:
        return execution.run_phases(
            selector, work, account=account, options=options, progress=progress, on_phase=on_phase
        )
    finally:
        if report_file is not None and runs:
            report_at_end(runs[-1], report_file, account=account, progress=progress or Quiet())
