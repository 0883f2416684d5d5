"""The runs of an account as a table, and as values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recipebatch.cli.render.run import held_text
from recipebatch.cli.render.tables.table import Column, Table
from recipebatch.report import Verdict
from recipebatch.vocabulary.durations import age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.execution import ListedRun

_COLUMNS = (
    Column(header="RUN", rank=0),
    Column(header="RECIPE", rank=1, gives_way=True),
    Column(header="OWNER", rank=8, gives_way=True),
    Column(header="AGE", rank=3, right=True),
    Column(header="STATUS", rank=2, gives_way=True, is_text=True),
    Column(header="VERDICT", rank=4),
    Column(header="TASKS", rank=5, right=True),
    Column(header="COST", rank=7, right=True),
    Column(header="HOLDS", rank=6, gives_way=True, is_text=True),
)


def runs_text(runs: Sequence[ListedRun], *, most: int | None, now: datetime) -> str:
    """A table of runs.

    Args:
        runs: oldest first.
        most: the width of the terminal; None is as wide as it gets.
        now: ages count to here.
    """
    if not runs:
        return "no runs"
    return "\n".join(Table(_COLUMNS, (_cells(run, now) for run in runs)).lines(most))


def _cells(run: ListedRun, now: datetime) -> tuple[str, ...]:
    doing = f", {run.locked_by.split(' by ')[0]} is working on it" if run.locked_by else ""
    return (
        run.run_id,
        run.recipe,
        run.owner,
        _age(run.created, now),
        f"{run.status}{doing}",
        run.verdict,
        tasks_text(run),
        "" if run.cost is None else run.cost.amount_text,
        held_text(run),
    )


def tasks_text(run: ListedRun) -> str:
    """`2,990/3,000`: how many tasks succeeded of all; `3,000` where nobody has looked since they were submitted."""
    total = sum(run.tasks.values())
    if not total:
        return ""
    is_seen = run.counted or run.verdict != Verdict.UNKNOWN
    return f"{run.tasks.get(Verdict.SUCCEEDED, 0):,}/{total:,}" if is_seen else f"{total:,}"


def _age(created: str, now: datetime) -> str:
    try:
        return age(now - datetime.fromisoformat(created))
    except (ValueError, TypeError):
        return created[:19]


def runs_json(runs: Sequence[ListedRun]) -> list[dict[str, Any]]:
    """Runs as JSON values; `cost` is null where it was not read, and times are in ISO 8601."""
    return [_values(run) for run in runs]


def _values(run: ListedRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "recipe": run.recipe,
        "owner": run.owner,
        "created": run.created,
        "status": run.status,
        "verdict": run.verdict,
        "ended": run.ended,
        "digest": run.digest,
        "place": run.place,
        "touched": run.touched,
        "at_work": run.at_work,
        "locked_by": run.locked_by,
        "holds": None if run.holds is None else asdict(run.holds),
        "tasks": dict(run.tasks),
        "tasks_counted": run.counted,
        "labels": dict(run.labels),
        "cost": None if run.cost is None else run.cost.to_json(),
    }
