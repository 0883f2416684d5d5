from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from recipebatch.cli.render.tables import runs_json, runs_text
from recipebatch.cost import PoolCost, RunCost
from recipebatch.execution import ListedRun
from recipebatch.runs import HeldPool, Holdings

NOW = datetime(2026, 11, 29, 15, tzinfo=UTC)
RUN = ListedRun(
    run_id="20261128-120000-abcd",
    recipe="topn",
    owner="ann",
    created="2026-11-28T12:00:00.123456+00:00",
    status="watch done",
    verdict="failed",
    ended=False,
    digest="",
    tasks={"succeeded": 2990, "failed": 10},
)
POOL = PoolCost(
    pool="p", nodes=1, nodes_now=1, node_seconds=60, per_hour=Decimal(1), amount=Decimal("0.42"), most=Decimal("0.42")
)
COST = RunCost(currency="USD", amount=Decimal("0.42"), most=Decimal("0.42"), per_hour=Decimal(1), pools=(POOL,))
HELD = Holdings(pools=(HeldPool(name="p", nodes=4, asked=4, until="2026-11-30T12:00:00+00:00"),), jobs=("j",))


def test_a_run_is_a_line_with_its_age_tasks_and_cost() -> None:
    assert runs_text([], most=None, now=NOW) == "no runs"
    title, line = runs_text([replace(RUN, cost=COST, holds=HELD)], most=None, now=NOW).splitlines()
    assert title.split() == ["RUN", "RECIPE", "OWNER", "AGE", "STATUS", "VERDICT", "TASKS", "COST", "HOLDS"]
    told = "20261128-120000-abcd topn ann 1d watch done failed 2,990/3,000 0.42 USD"
    assert line.split()[:10] == told.split()
    assert line.endswith("1 pool (4 nodes until 2026-11-30 12:00 UTC), 1 job")
    nothing, unknown = replace(RUN, holds=Holdings()), RUN
    assert [line.split()[-1] for line in runs_text([nothing, unknown], most=None, now=NOW).splitlines()[1:]] == [
        "-",
        "?",
    ]
    busy = replace(RUN, at_work=True, locked_by="watch by ann on pc, since 2026-11-28T12:00:00")
    assert "watch done, watch is working on it  failed" in runs_text([busy], most=None, now=NOW)


def test_the_table_fits_any_terminal_and_keeps_what_matters_most() -> None:
    rows = [replace(RUN, cost=COST, holds=HELD), replace(RUN, recipe="a-recipe-with-a-long-name", holds=Holdings())]
    for most in (40, 60, 80, 100, 160):
        lines = runs_text(rows, most=most, now=NOW).splitlines()
        assert all(len(line) <= most for line in lines)
        assert all(line.startswith("20261128-120000-abcd") for line in lines[1:])
    assert runs_text(rows[:1], most=60, now=NOW).splitlines()[0].split() == [
        "RUN",
        "RECIPE",
        "AGE",
        "STATUS",
        "VERDICT",
    ]


def test_tasks_that_nobody_has_watched_are_a_number_alone() -> None:
    def tasks(**changed: object) -> str:
        run = replace(RUN, holds=Holdings(), **changed)  # type: ignore[arg-type]
        return runs_text([run], most=None, now=NOW).splitlines()[1].removesuffix("-").split("  ")[-2].strip()

    submitted = {"active": 3000}
    assert tasks(tasks=submitted, verdict="unknown") == "3,000"
    assert tasks(tasks={"succeeded": 1198, "active": 1802}, verdict="unknown", counted=True) == "1,198/3,000"
    assert tasks() == "2,990/3,000"


def test_a_time_that_someone_else_wrote_is_shown_as_it_is() -> None:
    assert "?" in runs_text([replace(RUN, created="?")], most=None, now=NOW)


def test_for_programs_all_is_there() -> None:
    (body,) = runs_json([replace(RUN, cost=COST, holds=HELD, labels={"a": "b"})])
    assert (body["tasks"], body["labels"], body["cost"]["amount"]) == (
        {"succeeded": 2990, "failed": 10},
        {"a": "b"},
        0.42,
    )
    assert body["holds"]["pools"][0]["nodes"] == 4
    assert runs_json([RUN])[0]["cost"] is None
