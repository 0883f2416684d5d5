"""What is done with a run beside its phases: who is asked, who is kept out meanwhile, and whose exit code it is."""

from __future__ import annotations

from recipebatch.execution.actions import pause_work, scale_work, stop_work, unpause_work


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
