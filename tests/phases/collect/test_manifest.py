from __future__ import annotations

import json
from hashlib import md5
from typing import TYPE_CHECKING

import pytest

from recipebatch.phases.collect.manifest import CannotWriteError, Manifest

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = md5(b"ours", usedforsecurity=False).digest()


def test_the_manifest_knows_what_was_collected_from_another_container_of_the_run(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.json", "r1")
    manifest.add(tmp_path / "a.txt", {"container": "one", "blob": "a.txt"}, size=1, md5=DIGEST)
    assert manifest.is_of_another(tmp_path / "a.txt", {"container": "two", "blob": "a.txt"})
    assert not manifest.is_of_another(tmp_path / "a.txt", {"container": "one", "blob": "a.txt"})
    assert not manifest.is_of_another(tmp_path / "a.txt", {"job": "j", "task": "t", "file": "a.txt"})
    manifest.save()
    assert not Manifest(tmp_path / "manifest.json", "r2").is_of_another(tmp_path / "a.txt", {"container": "two"})


def test_a_later_collect_knows_the_files_that_were_collected(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.json", "r1")
    manifest.add(tmp_path / "sub" / "a.txt", {"container": "one", "blob": "a.txt"}, size=4, md5=DIGEST)
    manifest.save()
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8")) == {
        "version": 1,
        "files": {
            "sub/a.txt": {"run": "r1", "container": "one", "blob": "a.txt", "size": 4, "md5": DIGEST.hex()},
        },
    }
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
    later = Manifest(tmp_path / "manifest.json", "r2")
    assert later.md5_of(tmp_path / "sub" / "a.txt") == DIGEST.hex()
    assert later.md5_of(tmp_path / "b.txt") is None


def test_an_empty_manifest_is_not_written(tmp_path: Path) -> None:
    Manifest(tmp_path / "manifest.json", "r1").save()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": []}', '{"files": {"a.txt": {"md5": 1}}}'])
def test_a_damaged_manifest_knows_no_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert Manifest(tmp_path / "manifest.json", "r1").md5_of(tmp_path / "a.txt") is None


def test_a_manifest_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "manifest.json"
    manifest = Manifest(path, "r1")
    manifest.add(path.with_name("a.txt"), {}, size=4, md5=DIGEST)
    with pytest.raises(CannotWriteError) as raised:
        manifest.save()
    assert raised.value.message == f"cannot write {path}: No such file or directory"
