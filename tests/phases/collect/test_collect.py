from __future__ import annotations

from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from plans import a_job, a_plan, a_task

from recipebatch.phases.collect.collect import Action, WouldOverwriteError, decide
from recipebatch.phases.collect.manifest import Manifest
from recipebatch.phases.collect.sources import CollectItem, writers
from recipebatch.properties.files import OutputFile

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedTask

THEIRS = md5(b"theirs", usedforsecurity=False).digest()
OURS = md5(b"ours", usedforsecurity=False).digest()
WANTED = CollectItem(
    source={}, target=Path("out/a.txt"), folder=Path("out"), size=6, md5=THEIRS, fetch=lambda _path, _received: THEIRS
)


def test_a_file_that_is_missing_is_downloaded() -> None:
    assert decide(WANTED, None, None, overwrite=False) is Action.FETCH


def test_an_identical_file_is_skipped_even_with_overwrite() -> None:
    assert decide(WANTED, THEIRS, None, overwrite=True) is Action.SKIP


def test_a_file_that_an_earlier_collect_wrote_is_replaced() -> None:
    assert decide(WANTED, OURS, OURS.hex(), overwrite=False) is Action.FETCH


def test_a_file_of_the_user_is_not_overwritten() -> None:
    with pytest.raises(WouldOverwriteError, match="was not written by an earlier collect"):
        decide(WANTED, OURS, None, overwrite=False)


def test_a_collected_file_that_the_user_changed_is_not_overwritten() -> None:
    with pytest.raises(WouldOverwriteError):
        decide(WANTED, OURS, THEIRS.hex(), overwrite=False)


def test_with_overwrite_it_is_replaced() -> None:
    assert decide(WANTED, OURS, None, overwrite=True) is Action.FETCH


def test_a_file_whose_hash_only_a_download_tells_is_compared_and_not_replaced() -> None:
    assert decide(replace(WANTED, md5=None), OURS, None, overwrite=False) is Action.COMPARE


def test_the_manifest_knows_what_was_collected_from_another_container_of_the_run(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.json", "r1")
    manifest.add(tmp_path / "a.txt", {"container": "one", "blob": "a.txt"}, size=1, md5=OURS)
    assert manifest.is_of_another(tmp_path / "a.txt", {"container": "two", "blob": "a.txt"})
    assert not manifest.is_of_another(tmp_path / "a.txt", {"container": "one", "blob": "a.txt"})
    assert not manifest.is_of_another(tmp_path / "a.txt", {"job": "j", "task": "t", "file": "a.txt"})
    manifest.save()
    assert not Manifest(tmp_path / "manifest.json", "r2").is_of_another(tmp_path / "a.txt", {"container": "two"})


def test_the_plan_tells_which_task_a_blob_is_of_unless_two_write_to_one_folder() -> None:
    def writing(task: str, *paths: str | None) -> PlannedTask:
        files = [
            OutputFile(file_pattern="*", container="out", path=path, upload_condition="taskcompletion")
            for path in paths
        ]
        return a_task(task, output_files=tuple(files))

    tasks = [writing("a", "own/a", "shared/"), writing("b", "own/b/", "shared"), writing("c", None)]
    plan = a_plan(jobs=(a_job(*tasks),))
    assert writers(plan, "out") == {"own/a": "a", "own/b": "b", "shared": ""}
    assert writers(plan, "other") == {}
