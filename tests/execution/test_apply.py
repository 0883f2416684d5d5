from __future__ import annotations

from dataclasses import replace

import pytest
from in_memory_pools import Notes
from in_memory_run import NOW, RECORD, Blobs, World
from plans import a_container, a_job, a_plan, a_pool, a_task, an_output

from recipebatch.execution.apply import AtTheEnd, apply, purge_decision
from recipebatch.phases import PHASES, PURGE, PhaseOptions
from recipebatch.plan.model import PurgeWhen
from recipebatch.report import Verdict


@pytest.mark.parametrize(
    ("when", "verdict", "decision"),
    [
        (PurgeWhen.ALWAYS, Verdict.FAILED, AtTheEnd.DELETE),
        (PurgeWhen.ON_SUCCESS, Verdict.SUCCEEDED, AtTheEnd.DELETE),
        (PurgeWhen.ON_SUCCESS, Verdict.FAILED, AtTheEnd.KEEP),
        (PurgeWhen.ON_SUCCESS, Verdict.UNKNOWN, AtTheEnd.KEEP),
        (PurgeWhen.NEVER, Verdict.SUCCEEDED, AtTheEnd.KEEP),
        (PurgeWhen.ASK, Verdict.SUCCEEDED, AtTheEnd.ASK),
    ],
)
def test_the_recipe_decides_what_is_removed_at_the_end(when: PurgeWhen, verdict: Verdict, decision: AtTheEnd) -> None:
    assert purge_decision(when, verdict) is decision


PLAN = a_plan(pools=(a_pool(existing=True),), jobs=(a_job(a_task("a")),), purge=PurgeWhen.NEVER)


def test_a_purged_run_is_not_said_to_be_kept() -> None:
    world = World(plan=PLAN, record=RECORD.with_phase("submit", "done", NOW).with_phase("purge", "done", NOW))
    [report] = apply(world.run(), PHASES, options=PhaseOptions(), progress=Notes())
    assert (report.summary, report.notes) == ("nothing to keep: the run was purged", ())


def test_a_purge_that_has_started_is_completed_whatever_the_recipe_says_of_purge() -> None:
    notes = Notes()
    world = World(plan=PLAN, record=RECORD.with_phase("submit", "failed", NOW).with_phase("purge", "started", NOW))
    [report] = apply(world.run(), PHASES, options=PhaseOptions(), progress=notes)
    assert report.summary == "nothing to delete"
    assert world.records.kept.state_of("purge") == "done"
    assert "submit: not completed before the purge started" in notes.lines
    assert "watch: not run: the purge has started" in notes.lines


def test_where_promised_outputs_are_missing_everything_is_kept_unless_it_is_forced() -> None:
    task = a_task("a", output_files=(an_output("a.csv"),))
    plan = replace(PLAN, containers=(a_container("out", "c1"),), jobs=(a_job(task),), purge=PurgeWhen.ALWAYS)
    record = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
    world = World(plan=plan, record=record, blobs=Blobs(containers={"c1": []}))
    reports = list(apply(world.run(), PHASES, options=PhaseOptions(), progress=Notes()))
    assert [report.phase for report in reports] == ["submit", "watch", "collect", "purge"]
    assert reports[2].missing_outputs == ("task a left no a.csv in out",)
    assert reports[3].summary == "all resources are kept (outputs are missing)"
    assert list(world.blobs.containers) == ["c1"]
    assert world.records.kept.ended
    [report] = apply(world.run(), (PURGE,), options=PhaseOptions(force=True), progress=Notes())
    assert report.summary.startswith("deleted 1 job")
