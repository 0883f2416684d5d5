"""What is shown before a recipe from elsewhere is run."""

from __future__ import annotations

from dataclasses import replace

from plans import a_container, a_job, a_plan, a_pool

from recipebatch.cli.render.consent import MAX_LINES, consent_text
from recipebatch.plan.model import MachineInputs, TakenSecret
from recipebatch.vocabulary.ids import JobId

LOCAL = "Its tasks run on this machine as you, and can do all that you can do."


def test_no_number_of_jobs_and_secrets_scrolls_a_part_of_the_question_away() -> None:
    secrets = tuple(
        TakenSecret(name=f"s{number}", source="x " * 5000, used_by=("task t",), uses=1) for number in range(5000)
    )
    plan = a_plan(
        pools=(a_pool(),),
        jobs=tuple(a_job(id=JobId(f"j{number}")) for number in range(5000)),
    )
    plan = replace(plan, takes=MachineInputs(folder="/r", secrets=secrets))
    lines = consent_text("n" * 1000, f"/{' ' * 4000}Run it?", plan, account="local", is_local=True).splitlines()
    assert "  … and 4,992 more jobs" in lines
    assert "  … and 4,980 more things it takes" in lines
    assert lines[-3:] == ["It runs its commands on account local.", LOCAL, "`recipebatch plan` shows all of it."]
    assert len(lines) < 5 * MAX_LINES
    assert max(map(len, lines)) < 2 * 80
    assert "  " not in lines[0]


def test_containers_that_are_not_the_runs_own_are_named_with_their_account() -> None:
    containers = (
        a_container("a", "others", existing=True),
        replace(a_container("b", "archived", existing=True), account="archive"),
        a_container("c", "own"),
    )
    plan = a_plan(containers=containers, pools=(a_pool(existing=True),), jobs=(a_job(),))
    lines = consent_text("n", "/r", plan, account="mine", is_local=False).splitlines()
    assert "  existing container others" in lines
    assert "  existing container archived of account archive" in lines
    assert "  existing pool p1" in lines
    assert LOCAL not in lines
    assert not any("own" in line for line in lines if "container" in line)
