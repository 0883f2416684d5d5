"""Phases, runs and orphans as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from recipebatch.api import RunDetails, RunStatus
from recipebatch.cli.render.run import (
    failures_text,
    orphans_text,
    phase_text,
    purged_text,
    run_status_text,
    run_text,
    to_purge_text,
)
from recipebatch.cost import PoolCost, RunCost
from recipebatch.errors import UsageError
from recipebatch.execution import JobStatus, Orphan, PoolStatus, PurgedRun
from recipebatch.report import PhaseReport
from recipebatch.runs import Holdings, KeptFailure, RunSummary


def test_a_phase_is_its_summary_and_its_notes() -> None:
    report = PhaseReport(phase="purge", summary="kept 1 pool", notes=("kept pool p1: in use",), seconds=0.25)
    assert phase_text(report) == "purge: kept 1 pool (0.2 s)\n  kept pool p1: in use"


def test_a_missing_output_that_the_summary_names_is_not_named_again() -> None:
    outputs = ("task t wrote no a", "task t wrote no a.csv", "task u wrote no a")
    summary = "1 file downloaded; task t wrote no a.csv; task u wrote no a"
    report = PhaseReport(phase="collect", summary=summary, missing_outputs=outputs, seconds=0.25)
    assert phase_text(report) == f"collect: {summary} (0.2 s)\n  missing: task t wrote no a"


def test_a_purged_run_says_that_what_it_made_is_deleted() -> None:
    found = RunDetails(
        run_id="r1",
        owner="ann",
        account="local",
        created="2026-11-28T12:00:00+00:00",
        recipe="topn",
        version=None,
        source="topn.yaml",
        digest="0" * 64,
        status="purged",
        verdict="failed",
        ended=True,
        parameters={},
        phases={},
        things={"containers": ["c1"], "pools": ["p1"], "jobs": ["j1", "j2"]},
        retries=[],
        locked_by="",
        interrupted="",
    )

    def shown(state: str = "", purged: tuple[str, ...] = (), without_plan: str = "") -> list[str]:
        phases = {"purge": {"state": state, "at": "2026-11-28T12:30:00", "summary": ""}} if state else {}
        text = run_text(replace(found, phases=phases, purged=purged, without_plan=without_plan))
        return [line.strip() for line in text.splitlines() if line.startswith(("  containers", "  pools", "  jobs"))]

    assert shown() == ["containers: c1", "pools: p1", "jobs: j1, j2"]
    assert shown("done") == ["containers: c1 (deleted)", "pools: p1 (deleted)", "jobs: j1, j2 (deleted)"]
    assert shown("started")[0] == "containers: c1 (deletion has begun)"
    assert shown(purged=("pool",)) == ["containers: c1", "pools: p1 (deletion has begun)", "jobs: j1, j2"]
    assert shown("done", without_plan="unknown key x")[1] == "pools: p1"


def test_failures_that_were_tried_again_are_counted_apart() -> None:
    one = KeptFailure(job_id="j", task_id="t", exit_code=1, code="E", message="m", cause="exit_code")
    before = replace(one, job_id="j0", tried_again=True)
    head = "  tasks that failed, were stopped or never ran: "
    assert failures_text([before, one], 1).splitlines()[0] == f"{head}1, and 1 that was tried again"
    assert failures_text([one], 3).splitlines()[0] == f"{head}3, the first 1 of them with what they wrote"
    assert failures_text([one], 1).splitlines()[0] == f"{head}1"


def test_what_came_of_the_purge_of_a_run_is_said() -> None:
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
    job = replace(run, holds=Holdings(jobs=("j",)))
    assert to_purge_text([job]) == "run 20261128-120000-abcd of topn (submitted): 1 job"
    stopping = replace(job, status="stop started")
    assert to_purge_text([stopping]) == "run 20261128-120000-abcd of topn (stop interrupted): 1 job"
    assert "(stop started)" in to_purge_text([replace(stopping, at_work=True)])
    error = UsageError("run 20261128-120000-abcd: outputs were not collected", hint="collect first")
    assert purged_text(PurgedRun(run=run, error=error)) == (
        "run 20261128-120000-abcd: not purged: outputs were not collected; collect first [usage]"
    )
    report = PhaseReport(phase="purge", summary="deleted 1 job", notes=("kept container c: why",))
    assert purged_text(PurgedRun(run=run, report=report)) == (
        "run 20261128-120000-abcd: deleted 1 job\n  kept container c: why"
    )


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
    assert orphans_text([orphan], now) == "pool p1 of ann, 2 hours old, 1 node: its run is gone"
    stored = replace(orphan, kind="container", name="c1", created=None, size=12_345)
    assert orphans_text([stored], now) == "container c1 of ann, 12,345 bytes: its run is gone"


def test_the_state_of_a_run_counts_nodes_and_tasks() -> None:
    job = JobStatus(job="j1", state="active", planned=3, running=1, succeeded=1)
    gone = JobStatus(job="j2", state="not found", planned=4)
    pool = PoolStatus(
        pool="p1",
        state="active",
        allocation_state="resizing",
        nodes={"idle": 2},
        until="2026-11-28T12:30:00+00:00",
        scaled="3 nodes + 2 spot",
        asked=(3, 2),
    )
    status = RunStatus(
        run_id="r1",
        recipe="topn",
        owner="ann",
        status="watch started",
        verdict="unknown",
        interrupted="",
        locked_by="apply by ann",
        jobs=(job, gone),
        pools=(
            pool,
            replace(pool, pool="p2", state="not found", scaled=""),
            replace(pool, pool="p3", state="not made yet", turn="when job a has ended"),
        ),
    )
    assert run_status_text(status).splitlines() == [
        "run r1 of topn, by ann: watch started, verdict unknown; locked: apply by ann",
        "  pool p1: active, resizing, 2 idle, 5 requested, scaled to 3 nodes + 2 spot, until 2026-11-28 12:30 UTC",
        "  pool p2: not found",
        "  pool p3: not made yet, when job a has ended, scaled to 3 nodes + 2 spot",
        "  job j1: active; 1 running, 1 succeeded of 3 tasks",
        "  job j2: not found",
    ]
    broken = tuple(f"node n{number}: unusable" for number in range(12))
    lost = replace(status, pools=(replace(pool, broken=broken),), why="no task is running: its nodes are unusable")
    lines = run_status_text(lost).splitlines()
    assert (lines[2], lines[12]) == ("    node n0: unusable", "    and 2 more nodes that take no tasks")
    assert lines[-1] == "  why: no task is running: its nodes are unusable"
    kept = run_status_text(replace(status, nodes_stay="task files are not collected")).splitlines()
    assert kept[4] == "  nodes stay: task files are not collected"
    of_two = RunCost(
        currency="EUR",
        amount=Decimal(3),
        most=Decimal(3),
        per_hour=Decimal(0),
        pools=tuple(
            PoolCost(
                pool=name,
                nodes=number,
                nodes_now=0,
                node_seconds=3600.4 * number,
                per_hour=Decimal(0),
                amount=Decimal(number),
                most=Decimal(number),
            )
            for number, name in enumerate(("p1", "p2"), start=1)
        ),
    )
    assert run_status_text(replace(status, cost=of_two)).splitlines()[4:7] == [
        "  cost: 3.00 EUR",
        "    pool p1: 1.00 EUR for 1 node, 1 hour of nodes",
        "    pool p2: 2.00 EUR for 2 nodes, 2 hours of nodes",
    ]
    unknown = run_status_text(replace(status, cost=RunCost(why_unknown="price unknown: offline"))).splitlines()
    assert unknown[4] == "  cost: unknown (price unknown: offline)"
    failed = run_status_text(replace(status, went_wrong=("watch: task t wrote no a.csv\x1b",))).splitlines()
    assert failed[1] == r"  watch: task t wrote no a.csv\x1b"
