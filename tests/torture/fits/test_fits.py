"""The short form; `python -m tests.torture.fits --seed N --count N` compares any number of recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torture.fits.__main__ import compare

if TYPE_CHECKING:
    from pathlib import Path


def test_what_validate_and_plan_accept_runs_and_what_they_refuse_would_not_have_run(tmp_path: Path) -> None:
    figures = compare(3, 50, tmp_path, print)
    assert figures.wrong == []
    assert figures.counts["accepted, runs"] > 10
    assert figures.counts["refused, idles"]
    assert figures.counts["refused, refused"]
