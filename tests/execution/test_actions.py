"""What is done with a run beside its phases: who is asked, who is kept out meanwhile, and whose exit code it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from in_memory_run import World

from recipebatch.execution.actions import measured, pause_work, scale_work, stop_work, unpause_work
from recipebatch.phases import PhaseOptions
from recipebatch.report import PhaseReport, Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.report import Progress


def test_a_run_is_scaled_and_its_tasks_are_ended_while_another_command_works_on_it() -> None:
    scale = scale_work(nodes=1, spot=None, pool=None)
    assert [work.takes_lock for work in (scale, stop_work(("t",)), stop_work(), pause_work(), unpause_work())] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_the_exit_code_of_scale_says_nothing_of_tasks_and_the_owner_is_asked_for() -> None:
    scale = scale_work(nodes=1, spot=None, pool=None)
    assert (scale.answers_for_tasks, stop_work().answers_for_tasks) == (False, True)
    assert scale.changes_for_others


def test_what_is_done_beside_phases_says_how_long_it_took() -> None:
    def slow(run: ActiveRun, _options: PhaseOptions, _progress: Progress) -> Iterator[PhaseReport]:
        run.context.clock.sleep(30)
        yield PhaseReport(phase="scale", summary="")
        run.context.clock.sleep(2)
        yield PhaseReport(phase="purge", summary="", seconds=1.5)

    reports = measured(slow)(World().run(), PhaseOptions(), Quiet())
    assert [report.seconds for report in reports] == [30, 1.5]
