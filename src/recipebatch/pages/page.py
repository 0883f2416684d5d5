"""run_page(): a report as one HTML file that needs no network. Pure but for the files of `static/`."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch._version import __version__
from recipebatch.pages.columns import packed
from recipebatch.pages.model import ENDED_BADLY, State
from recipebatch.pages.numbers import (
    MISSING,
    count_text,
    moment_text,
    seconds_text,
    share_text,
    whole_seconds_text,
)
from recipebatch.text.sizes import size_text
from recipebatch.text.terminal import one_line, printable
from recipebatch.vocabulary.durations import age
from recipebatch.vocabulary.money import amount_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from recipebatch.cost import PoolCost
    from recipebatch.pages.model import LivePage, ReportTask, RunReportData, RunRow, TemplateDurations

_STATIC = Path(__file__).parent / "static"

MAX_ROWS = 200
"""So many tasks, and so many nodes, are written as rows of a table, for readers without JavaScript."""

MAX_TEXT = 200_000
"""Characters of a recipe, or of one of its fragments, that a page shows."""

BARS = (200, 34)
"""Width and height of a histogram, in its own units."""


@cache
def static(name: str) -> str:
    """The text of a file of `static/`."""
    return (_STATIC / name).read_text("utf-8")


def run_page(data: RunReportData, *, live: LivePage | None = None) -> str:
    """The page of one run.

    Args:
        data: of its report.
        live: for the page of `recipebatch ui`; None writes a file that asks nothing of any network.
    """
    return _rendered(
        "report.html",
        ["uplot.min.js", "report.js"],
        live,
        data=data,
        facts=data.facts,
        packed=packed(data),
        rows=_rows(data.tasks),
        max_rows=MAX_ROWS,
        max_text=MAX_TEXT,
        states=list(State),
        with_tasks=bool(data.tasks),
        tried_again=any(task.tries > 1 for task in data.tasks),
    )


def runs_page(rows: Sequence[RunRow], account: str, *, now: float, live: LivePage, problem: str = "") -> str:
    """The page of `recipebatch ui` with the runs of an account.

    Args:
        rows: in their order.
        account: its label.
        now: the time.
        live: what its script needs.
        problem: why the rows are not those of now; empty if they are.
    """
    return _rendered(
        "runs.html",
        ["report.js"],
        live,
        rows=rows,
        account=account,
        now=now,
        problem=problem,
        tool_version=__version__,
    )


def _rendered(template: str, scripts: list[str], live: LivePage | None, **values: Any) -> str:
    codes = [static(name) for name in (*scripts, *(["live.js"] if live is not None else []))]
    styles = [static("uplot.min.css"), static("report.css")]
    policy = content_policy(codes, styles, live=live is not None)
    return (
        _environment().get_template(template).render(scripts=codes, styles=styles, policy=policy, live=live, **values)
    )


def content_policy(scripts: list[str], styles: list[str], *, live: bool) -> str:
    """The Content-Security-Policy of a page: its own scripts and styles by their hashes, and nothing else."""
    parts = [
        "default-src 'none'",
        f"script-src {' '.join(map(_hash, scripts))}",
        f"style-src {' '.join(map(_hash, styles))}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        *(["connect-src 'self'"] if live else []),
    ]
    return "; ".join(parts)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        # Whatever a name holds, it controls no terminal, no direction of text and no element.
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    found = Environment(
        loader=FunctionLoader(static),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    found.filters |= {
        "seconds": seconds_text,
        "whole_seconds": whole_seconds_text,
        "moment": moment_text,
        "age": lambda seconds: age(timedelta(seconds=seconds)),
        "count": count_text,
        "size": size_text,
        "share": share_text,
        "line": lambda value: one_line(str(value)),
        "known": lambda value: MISSING if value is None or value == "" else value,
        "money": _money,
        "wasted": _wasted,
        "bars": _bars,
        "slug": lambda state: str(state).replace(" ", "-"),
        # Our own files, which `content_policy` names by their hashes.
        "ours": Markup,
    }
    return found


def _rows(tasks: tuple[ReportTask, ...]) -> list[ReportTask]:
    """The tasks that are written as rows: what failed first, then the others in their order."""
    if len(tasks) <= MAX_ROWS:
        return list(tasks)
    bad = [task for task in tasks if task.state in ENDED_BADLY][:MAX_ROWS]
    others = (task for task in tasks if task.state not in ENDED_BADLY)
    return [*bad, *(task for task, _ in zip(others, range(MAX_ROWS - len(bad)), strict=False))]


def _money(amount: Decimal | None, currency: str) -> str:
    return MISSING if amount is None else amount_text(amount, currency) if currency else "0"


def _wasted(pool: PoolCost, data: RunReportData) -> Decimal | None:
    """What of a pool's cost was for time in which its nodes did nothing of use; None if that is not known."""
    use = next((use for use in data.pools if use.pool == pool.pool), None)
    if use is None or not use.known or not use.there or pool.amount is None:
        return None
    return pool.amount * Decimal(str((use.idle + use.lost + use.taken) / use.there))


def _bars(durations: TemplateDurations) -> list[dict[str, float]]:
    """The bars of a template's histogram: place, width and height in the units of `BARS`."""
    width, height = BARS
    highest = max((count for _, count in durations.bins), default=0)
    step = width / max(len(durations.bins), 1)
    return [
        # What is there is seen, however little it is.
        {"x": round(place * step, 2), "w": round(step * 0.86, 2), "h": round(max(height * count / highest, 2), 2)}
        for place, (_, count) in enumerate(durations.bins)
        if count
    ]
