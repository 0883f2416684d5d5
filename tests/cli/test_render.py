"""Reports and errors as text for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from plans import a_job, a_plan, a_pool, a_task

from recipebatch.cli import render
from recipebatch.errors import InvalidRecipeError, Problem, ServiceError, SourcePosition, UsageError
from recipebatch.execution import Orphan
from recipebatch.explain import explanation, lint_codes
from recipebatch.report import PhaseReport
from recipebatch.runs import RunSummary

AT = SourcePosition("r.yaml", 4, 3)


def test_an_error_is_one_line_with_its_code_its_hint_and_its_notes() -> None:
    assert render.error(UsageError("no recipe")) == "error: no recipe [usage]"
    failure = ServiceError("pool p1 refused", hint="purge it", at=AT)
    failure.add_note("still there: pool p1")
    assert render.error(failure).splitlines() == [
        "r.yaml:4:3: error: pool p1 refused [service]",
        "  hint: purge it",
        "  still there: pool p1",
    ]


def test_an_invalid_recipe_is_all_its_problems_and_how_many_of_each_kind() -> None:
    one = Problem(AT, "wrong", "unknown-key", "remove it")
    assert render.error(InvalidRecipeError((one,))).splitlines() == [
        "r.yaml:4:3: error: wrong [unknown-key]",
        "  hint: remove it",
    ]
    found = (one, replace(one, severity="warning"), replace(one, severity="warning"))
    assert render.problems(found).splitlines()[-1] == "1 error, 2 warnings"


def test_a_phase_is_its_summary_and_its_notes() -> None:
    report = PhaseReport(phase="purge", summary="kept 1 pool", notes=("kept pool p1: in use",), seconds=0.25)
    assert render.phase(report) == "purge: kept 1 pool (0.2 s)\n  kept pool p1: in use"


def test_every_code_can_be_explained_and_listed() -> None:
    entries = [entry for entry in map(explanation, lint_codes()) if entry is not None]
    for entry in entries:
        text = render.explanation(entry)
        assert text.startswith(f"{entry.code} ({entry.severity}): {entry.meaning}.\n\n{entry.cause}\n\n{entry.fix}\n")
    lines = render.explanations(entries).splitlines()
    assert [line.split()[0] for line in lines] == sorted(entry.code for entry in entries)


def test_a_plan_shows_pools_tasks_and_commands_and_says_how_many_are_left_out() -> None:
    tasks = [a_task(f"t{number}", command_line="echo one\necho two") for number in range(22)]
    text = render.plan(a_plan(pools=(a_pool(target_low_priority_nodes=2),), jobs=(a_job(*tasks),)))
    lines = text.splitlines()
    assert any(line.startswith("pool p1: 1 + 2 spot x standard_d2s_v3, ") for line in lines)
    assert "job j1: 22 tasks" in lines
    first = lines.index("  task t0")
    assert lines[first + 1 : first + 3] == ["    echo one", "    echo two"]
    assert "  … and 2 more tasks (--json shows all)" in lines
    assert "  task t20" not in lines


def test_a_pool_and_a_container_that_exist_are_called_existing() -> None:
    text = render.plan(a_plan(pools=(a_pool(existing=True),), jobs=(a_job(),)))
    assert "existing pool p1" in text.splitlines()


def test_runs_are_a_table_with_equal_columns() -> None:
    assert render.runs([]) == "no runs"
    run = RunSummary(
        run_id="20261128-120000-abcd",
        recipe="topn",
        owner="ann",
        created="2026-11-28T12:00:00.123456+00:00",
        status="submitted",
        verdict="unknown",
        ended=False,
        digest="",
    )
    title, line = render.runs([run]).splitlines()
    assert title.split() == ["RUN", "RECIPE", "OWNER", "CREATED", "STATUS", "VERDICT"]
    assert line.split() == ["20261128-120000-abcd", "topn", "ann", "2026-11-28T12:00:00", "submitted", "unknown"]
    assert title.index("RECIPE") == line.index("topn")


def test_an_orphan_has_its_age_its_size_and_its_reason() -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    orphan = Orphan(
        kind="pool",
        name="p1",
        run_id="r1",
        owner="ann",
        created=now - timedelta(hours=2),
        size=1,
        reason="its run is gone",
    )
    assert render.orphans([orphan], now) == "pool p1 of ann, 2 hours old, 1 node: its run is gone"
    stored = replace(orphan, kind="container", name="c1", created=None, size=12_345)
    assert render.orphans([stored], now) == "container c1 of ann, 12,345 bytes: its run is gone"


def test_the_local_account_shows_what_it_has_and_only_that() -> None:
    status = {
        "running": False,
        "endpoints": {},
        "pids": {},
        "counts": {},
        "versions": {},
        "paths": {"state": "/s"},
        "notes": ["a note"],
    }
    assert render.local_status(status).splitlines() == [
        "the local account is not running",
        "  paths:",
        "    state: /s",
        "  a note",
    ]
    running = status | {"running": True, "idle_minutes": 5.0, "started_at": "2026-11-28", "pids": {"service": 7}}
    assert "  stops by itself: after 5 idle minutes" in render.local_status(running).splitlines()
