"""Quota of a plan as text."""

from __future__ import annotations

from recipebatch.cli.render.plan import quota_section
from recipebatch.execution import PlanQuota, QuotaRow


def shown(*rows: QuotaRow, why: str = "") -> list[str]:
    section = quota_section(PlanQuota(rows=rows, why_unknown=why))
    return [line for block in section.blocks for line in block.lines]


def test_what_is_needed_stands_beside_what_is_in_use() -> None:
    assert shown(
        QuotaRow(what="dedicated cores", needs=1600, used=20, quota=1000),
        QuotaRow(what="pools", needs=1, used=3, quota=20),
        QuotaRow(what="spot cores", needs=None, used=None, quota=50),
        QuotaRow(what="dedicated cores of standardmfamily", needs=8, used=0, quota=None),
    ) == [
        "  ! dedicated cores: needs 1,600, 20 of 1,000 in use: 620 too many",
        "  pools: needs 1, 3 of 20 in use",
        "  spot cores: needs an unknown number, an unknown number of 50 in use",
        "  dedicated cores of standardmfamily: needs 8, 0 (its quota is unknown) in use",
    ]


def test_without_management_access_what_is_in_use_is_shown_all_the_same() -> None:
    row = QuotaRow(what="pools", needs=1, used=3, quota=None)
    assert shown(row, why="no management access: the account is used with its key") == [
        "  pools: needs 1, 3 in use",
        "  the quotas are unknown (no management access: the account is used with its key)",
    ]


def test_without_an_account_there_is_no_section() -> None:
    assert quota_section(None).blocks == ()
