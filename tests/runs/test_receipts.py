from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_run import NOW, RECORD

from recipebatch.runs import Receipts
from recipebatch.runs.receipts import MAX_RECEIPTS
from recipebatch.runs.record import record_from_json

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_that_began_here_is_known_while_its_record_says_the_same(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path / "runs")
    assert not receipts.knows(RECORD)
    receipts.add(RECORD)
    later = replace(RECORD.with_phase("stage", "done", NOW), verdict="failed", ended=True)
    assert receipts.knows(record_from_json(later.to_json(), etag="1"))


def test_a_receipt_of_another_user_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts = Receipts(tmp_path / "runs")
    receipts.add(RECORD)
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert not receipts.knows(RECORD)


@pytest.mark.parametrize(
    "changed",
    [
        {"recipe_folder": "/home/me"},
        {"inputs": {"files": {"in": [{"blob": "a", "source": "/home/me/.ssh/id_rsa", "size": 1}]}}},
        {"recipe_text": "other"},
        {"allowed_paths": [{"path": "/home/me", "pattern": ""}]},
        {"parameters": {"p": "/home/me"}},
        {"owner": "someone"},
        {"run_id": "r2"},
    ],
)
def test_a_record_that_says_anything_else_of_what_is_read_is_not_known(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    receipts = Receipts(tmp_path)
    receipts.add(RECORD)
    assert not receipts.knows(replace(RECORD, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("run_id", ["../r1", "", "a/b", "x" * 65, "r1\n", "\ud800"])
def test_an_id_that_no_run_has_names_no_file(tmp_path: Path, run_id: str) -> None:
    (tmp_path / "r1").write_text("x", encoding="utf-8")
    assert not Receipts(tmp_path / "runs").knows(replace(RECORD, run_id=run_id))


def test_a_folder_that_cannot_be_written_keeps_no_receipt_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    receipts = Receipts(tmp_path / "file" / "runs")
    receipts.add(RECORD)
    assert not receipts.knows(RECORD)


def test_the_oldest_of_very_many_receipts_are_forgotten(tmp_path: Path) -> None:
    for number in range(MAX_RECEIPTS + 3):
        (tmp_path / f"a{number:05}").write_text("", encoding="utf-8")
    Receipts(tmp_path).add(RECORD)
    assert len(os.listdir(tmp_path)) == MAX_RECEIPTS  # noqa: PTH208
    assert Receipts(tmp_path).knows(RECORD)


def test_a_run_whose_recipe_was_moved_is_known_with_both_places(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.add(RECORD)
    moved = RECORD.moved_to("r.yaml", "/elsewhere", "/elsewhere/r.yaml")
    assert not receipts.knows(moved)
    receipts.add(moved, moved_from=RECORD)
    assert receipts.knows(RECORD)
    assert receipts.knows(moved)
    assert not receipts.knows(RECORD.moved_to("r.yaml", "/third", "/third/r.yaml"))
