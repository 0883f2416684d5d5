from __future__ import annotations

import json
import os
from hashlib import md5
from typing import TYPE_CHECKING

import pytest

from recipebatch.phases.collect.manifest import CannotWriteError, Manifest

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = md5(b"ours", usedforsecurity=False).digest()


def test_the_manifest_knows_what_was_collected_from_another_container_of_the_run(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path, "manifest.json", "r1")
    manifest.add(tmp_path / "a.txt", {"container": "one", "blob": "a.txt"}, size=1, md5=DIGEST)
    assert manifest.is_of_another(tmp_path / "a.txt", {"container": "two", "blob": "a.txt"})
    assert not manifest.is_of_another(tmp_path / "a.txt", {"container": "one", "blob": "a.txt"})
    assert not manifest.is_of_another(tmp_path / "a.txt", {"job": "j", "task": "t", "file": "a.txt"})
    manifest.save()
    assert not Manifest(tmp_path, "manifest.json", "r2").is_of_another(tmp_path / "a.txt", {"container": "two"})


def test_a_later_collect_knows_the_files_that_were_collected(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path, "manifest.json", "r1")
    manifest.add(tmp_path / "sub" / "a.txt", {"container": "one", "blob": "a.txt"}, size=4, md5=DIGEST)
    manifest.save()
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8")) == {
        "version": 1,
        "files": {
            "sub/a.txt": {"run": "r1", "container": "one", "blob": "a.txt", "size": 4, "md5": DIGEST.hex()},
        },
    }
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
    later = Manifest(tmp_path, "manifest.json", "r2")
    assert later.md5_of(tmp_path / "sub" / "a.txt") == DIGEST.hex()
    assert later.md5_of(tmp_path / "b.txt") is None


def test_an_empty_manifest_is_not_written(tmp_path: Path) -> None:
    Manifest(tmp_path, "manifest.json", "r1").save()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"files": []}',
        "[" * 100_000,
        '{"files": {"a.txt": 1}}',
        "9" * 10_000,
        '{"files": {"a.txt": {"md5": 1}}}',
    ],
)
def test_a_damaged_manifest_knows_no_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert Manifest(tmp_path, "manifest.json", "r1").md5_of(tmp_path / "a.txt") is None


def test_a_manifest_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "manifest.json"
    manifest = Manifest(tmp_path, "gone/manifest.json", "r1")
    manifest.add(path.with_name("a.txt"), {}, size=4, md5=DIGEST)
    with pytest.raises(CannotWriteError) as raised:
        manifest.save()
    assert raised.value.message == f"cannot write {path}: No such file or directory"


def test_a_manifest_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    body = {"version": 1, "files": {"a.txt": {"run": "r1", "md5": DIGEST.hex()}}}
    (tmp_path / "manifest.json").write_text(json.dumps(body, indent=1), encoding="utf-8")
    assert Manifest(tmp_path, "manifest.json", "r1").md5_of(tmp_path / "a.txt") == DIGEST.hex()


def test_damaged_lines_are_left_out_and_the_others_are_kept(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path, "manifest.json", "r1")
    for name in ("a.txt", "b.txt"):
        manifest.add(tmp_path / name, {"container": "c", "blob": '{"\\\u2028'}, size=1, md5=DIGEST)
    manifest.save()
    path = tmp_path / "manifest.json"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([lines[0], '"x": {"md5": 1,\n', '"y": {1}\n', "[" * 9999 + "\n", *lines[1:]]), "utf-8")
    later = Manifest(tmp_path, "manifest.json", "r1")
    assert [later.md5_of(tmp_path / name) for name in ("a.txt", "b.txt", "x", "y")] == [DIGEST.hex()] * 2 + [None] * 2
    later.save()
    assert json.loads(path.read_text(encoding="utf-8"))["files"].keys() == {"a.txt", "b.txt"}


def test_a_manifest_that_is_too_large_a_link_or_a_pipe_knows_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Manifest(tmp_path, "real.json", "r1")
    manifest.add(tmp_path / "a.txt", {}, size=1, md5=DIGEST)
    manifest.save()
    (tmp_path / "link.json").symlink_to("real.json")
    os.mkfifo(tmp_path / "pipe.json")
    for name, known in (("real.json", DIGEST.hex()), ("link.json", None), ("pipe.json", None)):
        assert Manifest(tmp_path, name, "r1").md5_of(tmp_path / "a.txt") == known
    monkeypatch.setattr("recipebatch.phases.collect.manifest.MAX_BYTES", 20)
    assert Manifest(tmp_path, "real.json", "r1").md5_of(tmp_path / "a.txt") is None


def test_a_link_with_the_name_of_the_manifest_or_of_its_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").write_text("theirs")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").symlink_to(tmp_path / "theirs" / "file")
    (tmp_path / "out" / "linked").symlink_to(tmp_path / "theirs")
    manifest = Manifest(tmp_path, "out/manifest.json", "r1")
    manifest.add(tmp_path / "out" / "a.txt", {"blob": "\ud800"}, size=1, md5=DIGEST)
    manifest.save()
    assert not (tmp_path / "out" / "manifest.json").is_symlink()
    assert Manifest(tmp_path, "out/manifest.json", "r1").md5_of(tmp_path / "out" / "a.txt") == DIGEST.hex()
    manifest = Manifest(tmp_path, "out/linked/manifest.json", "r1")
    manifest.add(tmp_path / "out" / "linked" / "a.txt", {}, size=1, md5=DIGEST)
    with pytest.raises(CannotWriteError, match="'linked' is a link"):
        manifest.save()
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["file"]
    assert (tmp_path / "theirs" / "file").read_text() == "theirs"
