from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from in_memory_run import NOW, RECORD, World
from plans import a_container, a_job, a_plan, a_pool, a_task

from recipebatch.execution.leftovers import purge_command, remaining, retry_command
from recipebatch.properties.files import Collect

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord

PLAN = a_plan(
    containers=(a_container("in", "c1"), a_container("other", "c2", existing=True)),
    pools=(a_pool(target_dedicated_nodes=2),),
    jobs=(a_job(a_task("a")),),
    collect=(Collect(container=None, task_files=("stdout.txt",), include=(), into="out"),),
)


def record(*phases: str) -> RunRecord:
    found = RECORD
    for phase in phases:
        found = found.with_phase(phase, "done", NOW)
    return found


def test_what_remains_follows_from_the_phases() -> None:
    assert remaining(World(plan=PLAN).run()) == "nothing was created yet"
    assert remaining(World(plan=PLAN, record=record("stage")).run()) == "remaining: 1 container"
    submitted = record("stage", "provision", "submit")
    assert remaining(World(plan=PLAN, record=submitted).run()) == "remaining: job j1, pool p1 (2 nodes), 1 container"
    purged = record("stage", "provision", "submit", "purge")
    assert remaining(World(plan=PLAN, record=purged).run()) == "none of its resources remain"


def test_the_commands_name_the_account_and_what_a_purge_would_lose() -> None:
    run = World(plan=PLAN, record=record("stage")).run()
    assert retry_command(run) == "recipebatch retry --run r1"
    assert purge_command(run) == "remove it: recipebatch purge --run r1"
    elsewhere = World(plan=PLAN, record=replace(record("submit"), account="work")).run()
    assert retry_command(elsewhere) == "recipebatch retry --run r1 --account work"
    assert purge_command(elsewhere) == (
        "remove it: recipebatch purge --run r1 --account work --force (it deletes outputs that were not collected)"
    )
