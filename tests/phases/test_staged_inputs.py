from __future__ import annotations

import hashlib
from bisect import insort
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import Blobs, World
from plans import a_container, a_plan

from recipebatch.files import ReadAccess
from recipebatch.phases import PhaseOptions, changed_inputs, find_lost_inputs, upload_again
from recipebatch.phases.stage import CreateContainer, UploadBlob
from recipebatch.phases.staged_inputs import InputsLostError, decide
from recipebatch.report import Quiet
from recipebatch.service import BlobSnapshot

if TYPE_CHECKING:
    from pathlib import Path


def md5_of(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def a_blob(name: str, text: str) -> BlobSnapshot:
    return BlobSnapshot(name=name, size=len(text), md5=md5_of(text), metadata={})


class KeepingBlobs(Blobs):
    """A storage account that takes uploads and lists its blobs in the order of their names, as the service does."""

    def upload(self, container: str, blob: str, _source: Any, **_settings: Any) -> None:
        insort(self.containers[container], blob)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two files in the folder of the recipe."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path / "a", tmp_path / "b"


STAGED = {"in": {"a": md5_of("a").hex(), "b": md5_of("b").hex()}}


@pytest.mark.parametrize(
    ("seen", "tasks_ran", "again"),
    [
        ({"a": a_blob("a", "a"), "b": a_blob("b", "b")}, False, []),
        ({"a": a_blob("a", "a")}, False, ["b"]),
        ({"a": a_blob("a", "a")}, True, ["b"]),
        ({"a": a_blob("a", "x"), "b": a_blob("b", "bb")}, False, ["a", "b"]),
        ({"a": a_blob("a", "x"), "b": a_blob("b", "bb")}, True, []),
        ({}, False, ["a", "b"]),
        (None, False, ["new", "a", "b"]),
    ],
)
def test_what_is_gone_or_differs_is_uploaded_again(
    files: tuple[Path, Path], seen: Any, tasks_ran: Any, again: list[str]
) -> None:
    steps = decide(a_container("in", "c1", *files), seen, STAGED["in"], tasks_ran=tasks_ran)
    assert ["new" if isinstance(step, CreateContainer) else step.upload.blob for step in steps] == again


def test_a_blob_without_a_recorded_hash_is_compared_by_its_size(files: tuple[Path, Path]) -> None:
    container = a_container("in", "c1", files[0])
    assert decide(container, {"a": a_blob("a", "x")}, {}, tasks_ran=False) == []
    assert len(decide(container, {"a": a_blob("a", "xx")}, {}, tasks_ran=False)) == 1


def world_of(files: tuple[Path, Path], *blobs: str) -> World:
    plan = a_plan(containers=(a_container("in", "c1", *files), a_container("out", "c2")))
    return World(plan=plan, blobs=KeepingBlobs(containers={"c1": list(blobs), "c2": []}))


def test_every_container_is_listed_once_and_what_is_gone_comes_back(files: tuple[Path, Path]) -> None:
    world = world_of(files, "a")
    context = world.context(world.plan)
    steps = find_lost_inputs(context, STAGED, tasks_ran=False)
    assert world.blobs.listed == ["c1"]
    report = upload_again(steps, context, STAGED, tasks_ran=False)
    assert report.summary == "1 file uploaded again: storage had lost what was staged"
    assert world.blobs.containers["c1"] == ["a", "b"]


def test_a_container_that_is_gone_is_made_again(files: tuple[Path, Path]) -> None:
    world = world_of(files)
    world.blobs.containers.clear()
    context = world.context(world.plan)
    upload_again(find_lost_inputs(context, STAGED, tasks_ran=False), context, STAGED, tasks_ran=False)
    assert world.blobs.containers == {"c1": ["a", "b"], "c2": []}


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_what_cannot_be_uploaded_again_is_named_and_nothing_is_uploaded(files: tuple[Path, Path], how: str) -> None:
    world = world_of(files)
    if how == "gone":
        files[1].unlink()
    else:
        files[1].write_text("x", encoding="utf-8")
    context = world.context(world.plan)
    steps = [step for step in find_lost_inputs(context, STAGED, tasks_ran=False) if isinstance(step, UploadBlob)]
    with pytest.raises(InputsLostError, match="inputs that were staged are not in storage any more: b of in"):
        upload_again(steps, context, STAGED, tasks_ran=False)
    assert world.blobs.containers["c1"] == []
    report = upload_again(steps, context, STAGED, tasks_ran=True)
    assert world.blobs.containers["c1"] == ["a"]
    assert report.notes[0].startswith("inputs that were staged are not in storage any more: b of in")


def test_a_run_remembers_what_it_staged_and_looks_once_when_it_is_continued(files: tuple[Path, Path]) -> None:
    world = world_of(files)
    first = world.run()
    first.stage(PhaseOptions())
    assert world.records.kept.staged == STAGED
    assert first.restage() is None
    world.blobs.containers["c1"].remove("a")
    again = world.run()
    report = again.restage()
    assert report is not None
    assert world.blobs.containers["c1"] == ["a", "b"]
    assert again.restage() is None
    assert world.records.kept.state_of("stage") == "done"


def test_a_run_that_was_not_staged_has_lost_nothing(files: tuple[Path, Path]) -> None:
    world = world_of(files)
    world.records.kept = replace(world.records.kept, phases={})
    assert world.run().restage() is None


def test_a_file_that_got_another_size_before_it_was_staged_is_not_lost(files: tuple[Path, Path]) -> None:
    container = a_container("in", "c1", files[0])
    seen = {"a": a_blob("a", "longer than it was")}
    staged = {"a": hashlib.md5(b"longer than it was", usedforsecurity=False).hexdigest()}
    assert decide(container, seen, staged, tasks_ran=False) == []


def test_a_file_of_the_same_size_with_other_content_has_changed(files: tuple[Path, Path]) -> None:
    uploads = {"in": a_container("in", "c1", *files).uploads}
    access = ReadAccess.of_recipe(files[0].parent)
    assert changed_inputs(uploads, STAGED, access) == []
    files[0].write_text("y" * files[0].stat().st_size, encoding="utf-8")
    assert changed_inputs(uploads, STAGED, access) == ["in/a"]
    assert changed_inputs(uploads, {}, access) == []
    files[0].unlink()
    assert changed_inputs(uploads, STAGED, access) == []


def test_a_run_that_goes_on_says_which_inputs_have_changed_and_keeps_what_it_staged(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(files)
    world.run().stage(PhaseOptions())
    files[0].write_text("y" * files[0].stat().st_size, encoding="utf-8")
    said: list[str] = []
    monkeypatch.setattr(Quiet, "say", lambda _self, text: said.append(text))
    assert world.run().restage() is None
    (line,) = said
    assert line.startswith("local files have changed since they were staged: in/a; the run goes on with what it staged")
    # To stage again is to replace it; these blobs have no hash.
    report = world.run().stage(PhaseOptions())
    assert report.notes == ("replaced 2 blobs that the container had: c1/a, c1/b",)
