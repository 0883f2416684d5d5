"""Quota of a plan: what it needs of the account, beside what is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render.plan.sections import Block, Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.execution import PlanQuota, QuotaRow


def quota_section(quota: PlanQuota | None) -> Section:
    """What a run needs of an account; empty where none was asked, or nothing is needed."""
    lines = [] if quota is None else list(_lines(quota))
    return Section("Quota", tuple(Block((line,), "line") for line in lines))


def _lines(quota: PlanQuota) -> Iterable[str]:
    for row in quota.rows:
        yield _row(row, known=not quota.why_unknown)
    if quota.why_unknown:
        yield f"  the quotas are unknown ({quota.why_unknown})"


def _row(row: QuotaRow, *, known: bool) -> str:
    needs = "an unknown number" if row.needs is None else f"{row.needs:,}"
    used = "an unknown number" if row.used is None else f"{row.used:,}"
    of = f" of {row.quota:,}" if row.quota is not None else " (its quota is unknown)" if known else ""
    text = f"{row.what}: needs {needs}, {used}{of} in use"
    return f"  ! {text}: {row.missing:,} too many" if row.missing else f"  {text}"
