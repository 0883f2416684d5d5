"""trace.csv: every task of a run, one a line; the columns and their order are stable. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from recipebatch.pages.numbers import moment_iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.pages.model import ReportTask

COLUMNS = (
    "job",
    "task",
    "template",
    "item",
    "state",
    "cause",
    "code",
    "exit_code",
    "tries",
    "pool",
    "node",
    "created",
    "began",
    "ended",
    "waited_seconds",
    "ran_seconds",
)
"""New columns come after these."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def trace_csv(tasks: Iterable[ReportTask]) -> str:
    """The text of the file: RFC 4180 with a header, times in ISO 8601 (UTC), empty where a value is not known.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(COLUMNS)
    for task in tasks:
        texts = (task.job, task.id, task.template, task.item, task.state.value, task.cause, task.code)
        lines.writerow(
            [
                *map(_no_formula, texts),
                task.exit_code,
                task.tries,
                *map(_no_formula, (task.pool, task.node)),
                moment_iso(task.created),
                moment_iso(task.began),
                moment_iso(task.ended),
                _rounded(task.waited),
                _rounded(task.seconds),
            ]
        )
    return written.getvalue()


def _no_formula(text: str) -> str:
    clean = text.encode("utf-8", "backslashreplace").decode()
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
