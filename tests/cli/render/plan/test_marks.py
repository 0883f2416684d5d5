"""Symbols, differences and the last line of a plan."""

from __future__ import annotations

from pathlib import Path

from plans import a_container, a_job, a_plan, a_pool, a_task

from recipebatch.cli.render.plan import existing_text, plan_text
from recipebatch.cli.render.plan.marks import Marks, TaskMarks, head_lines
from recipebatch.plan.model import Plan, PlannedUpload
from recipebatch.report import Action, Change, Comparison, Difference


def comparison(*changes: Change, **more: str) -> Comparison:
    settings = {"account": "prod", "run_id": None, "step": "no run of it is unfinished, and apply starts one"}
    return Comparison(**(settings | more), changes=changes)  # type: ignore[arg-type]


def planned(files: int, tasks: int) -> Plan:
    uploads = tuple(PlannedUpload(blob=f"f{n}", source=Path(f"/d/f{n}"), size=1) for n in range(files))
    container = a_container("in", "x-in")
    object.__setattr__(container, "uploads", uploads)
    job = a_job(*(a_task(f"t{number}") for number in range(tasks)))
    return a_plan(containers=(container,), pools=(a_pool(),), jobs=(job,))


def blobs(action: Action, *names: str, differences: int = 0) -> Change:
    found = tuple(Difference(property=f"f{n} bytes", old="1", new="2") for n in range(differences))
    return Change(action=action, kind="blob", name="x-in", names=names, size=3 * len(names), differences=found)


def test_every_resource_has_a_symbol_and_what_differs_below_it() -> None:
    found = comparison(
        Change(action=Action.KEEP, kind="container", name="x-in"),
        blobs(Action.CREATE, "f0"),
        blobs(Action.REPLACE, "f1", differences=1),
        blobs(Action.KEEP, "f2"),
        Change(
            action=Action.CHANGE, kind="pool", name="p1",
            differences=(Difference(property="nodes", old="1 node", new="5 nodes"),),
        ),
        Change(action=Action.CONFLICT, kind="job", name="j1", reason="it belongs to run r0"),
        Change(action=Action.KEEP, kind="task", name="j1", names=("t0",)),
    )  # fmt: skip
    lines = plan_text(planned(3, 3), comparison=found).splitlines()
    assert lines[1:4] == [
        "compared with account prod",
        "no run of it is unfinished, and apply starts one",
        "+ create  ~ change  - replace  ! conflict  = keep",
    ]
    for line in (
        "  = container in: x-in · 3 files, 3 B",
        "    + f0 · 1 B · /d/f0",
        "    - f1 · 1 B · /d/f1",
        "    = f2 · 1 B · /d/f2",
        "      f0 bytes: 1 → 2",
        "  ~ pool p1: 1 × standard_d2s_v3 · 1 task slot per node",
        "      nodes: 1 node → 5 nodes",
        "  ! job j1: 3 tasks · at most 1 h",
        "      it belongs to run r0",
        "    ~ t × 3: t0 … t2 · no time limit, 1 try, 1 slot",
        "      2 of 3 to add",
    ):
        assert line in lines
    assert lines[-1] == ("Plan: 1 blob (3 B) to create; 1 pool to change; 1 blob (3 B) to replace; 1 job in conflict")
    listed = plan_text(planned(3, 3), comparison=found, all_tasks=True).splitlines()
    assert "    = task t0 · no time limit, 1 try, 1 slot" in listed
    assert "    + task t1 · no time limit, 1 try, 1 slot" in listed


def test_many_blobs_are_counted_by_what_is_done_with_them() -> None:
    found = comparison(
        Change(action=Action.KEEP, kind="container", name="x-in"),
        blobs(Action.CREATE, "f0", "f1", "f2"),
        blobs(Action.REPLACE, *(f"f{n}" for n in range(3, 20)), differences=17),
        blobs(Action.KEEP, "f20"),
    )
    lines = plan_text(planned(21, 1), comparison=found).splitlines()
    assert "    + 3 blobs to upload (9 B): f0 … f2" in lines
    assert "    - 17 blobs to replace (51 B): f3 … f19" in lines
    assert "    = 1 blob unchanged (3 B): f20" in lines
    assert "      … and 9 more differences" in lines


def test_what_was_not_compared_has_no_symbol_and_says_why() -> None:
    lines = plan_text(planned(3, 3), not_compared="the local account does not run").splitlines()
    assert lines[1] == "not compared with an account: the local account does not run"
    assert "  container in: x-in · 3 files, 3 B" in lines
    assert lines[-1] == "Plan: 1 container, 3 blobs (3 B), 1 pool, 1 job, 3 tasks to create (not compared)"


def test_a_run_that_goes_on_or_is_refused_says_so() -> None:
    assert head_lines(comparison(run_id="r1", step=""), "")[1] == "run r1 is unfinished, and has nothing left to do"
    assert head_lines(comparison(refused="run r1 is paused"), "")[1] == "! run r1 is paused"


def test_before_a_question_stands_what_exists_and_is_changed_in_a_few_lines() -> None:
    pools = [
        Change(
            action=Action.CHANGE, kind="pool", name=f"p{n}",
            differences=(Difference(property="nodes", old="1 node", new="2 nodes"),),
        )
        for n in range(50)
    ]  # fmt: skip
    replaced = blobs(Action.REPLACE, "f1", differences=1)
    few = existing_text(planned(3, 3), comparison(replaced, pools[0]), 80).splitlines()
    assert few == [
        "Apply changes what exists in account prod",
        "  - replace 1 blob of container x-in",
        "      f0 bytes: 1 → 2",
        "  ~ change pool p0",
        "      nodes: 1 node → 2 nodes",
        "",
        "Plan: 1 pool to change; 1 blob (3 B) to replace",
    ]
    assert len(existing_text(planned(3, 3), comparison(replaced, *pools), 80).splitlines()) <= 24


def test_tasks_without_a_comparison_have_no_symbol() -> None:
    marks = TaskMarks(())
    assert (marks.symbol(["a"]), marks.missing(["a"])) == ("", "")
    assert Marks(None).notes("pool", "p", indent=2) == []
