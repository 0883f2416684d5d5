"""Runs that are kept for the completion of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.completion.known_runs import KEPT_NAMES, KEPT_RUNS, known_runs, remember_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECIPEBATCH_COMPLETION_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.usefixtures("folder")
def test_the_newest_runs_are_kept_with_the_names_that_were_seen() -> None:
    for number in range(KEPT_RUNS + 5):
        remember_run(f"20260102-0304{number:02}-abcd", "words", "local", tasks=["a"])
    remember_run("20260102-030454-abcd", "words", "local", templates=["t"], tasks=(str(n) for n in range(2000)))
    remember_run("20260102-030454-abcd", "words", "local")
    runs = known_runs()
    assert len(runs) == KEPT_RUNS
    assert runs[0]["run"] == "20260102-030454-abcd"
    assert (runs[0]["templates"], len(runs[0]["tasks"])) == (["t"], KEPT_NAMES)
    assert runs[-1]["run"] == "20260102-030405-abcd"


def test_a_file_that_is_broken_or_cannot_be_written_is_no_loss(folder: Path) -> None:
    folder.mkdir()
    for text in ("{", "[]", '{"runs": [{}]}', '{"runs": 3}'):
        (folder / "runs.json").write_text(text, encoding="utf-8")
        assert known_runs() == []
    (folder / "runs.json").unlink()
    folder.rmdir()
    folder.write_text("in the way", encoding="utf-8")
    remember_run("20260102-030405-abcd", "words", "local")
    assert known_runs() == []
