"""What stage would do, and what a run that goes on would upload again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from in_memory_run import Blobs, World
from plans import a_container, a_plan

from recipebatch.files import ReadAccess
from recipebatch.phases.preview import container_changes, restaged_changes
from recipebatch.phases.stage import Hashes
from recipebatch.report import Action, Change
from recipebatch.service import BlobSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipebatch.phases import PhaseContext


def blob(name: str, content: bytes, **changed: object) -> BlobSnapshot:
    settings = {"name": name, "size": len(content), "md5": hashlib.md5(content).digest(), "metadata": {}, "etag": "e"}  # noqa: S324
    return BlobSnapshot(**(settings | changed))  # type: ignore[arg-type]


@dataclass
class Stored(Blobs):
    found: dict[str, tuple[BlobSnapshot, ...]] = field(default_factory=dict)

    def container_metadata(self, name: str) -> dict[str, str] | None:
        return {} if name in self.found else None

    def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
        return iter(each for each in self.found[container] if each.name.startswith(prefix))


def world(tmp_path: Path, *found: BlobSnapshot, existing: bool = False, is_there: bool = True) -> PhaseContext:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode())
    container = a_container("in", "x-in", *(tmp_path / name for name in "abc"), existing=existing)
    plan = a_plan(containers=(container,))
    stored = Stored(found={"x-in": found} if is_there else {})
    return replace(World(blobs=stored).context(plan), read_access=ReadAccess.of_recipe(tmp_path))


def seen(changes: list[Change]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.action.value, change.kind, change.names) for change in changes]


def compare(context: PhaseContext, *, is_new: bool = False) -> tuple[list[Change], dict[str, str]]:
    remembered: dict[str, str] = {}
    changes = container_changes(context, Hashes(context.read_access), remembered, is_new=lambda _name: is_new)
    return changes, remembered


def test_new_missing_changed_and_equal_blobs_are_told_apart(tmp_path: Path) -> None:
    changes, remembered = compare(world(tmp_path, blob("a", b"a"), blob("b", b"other", content_type="text/x")))
    assert seen(changes) == [
        ("keep", "container", ()),
        ("create", "blob", ("c",)),
        ("replace", "blob", ("b",)),
        ("keep", "blob", ("a",)),
    ]
    replaced = changes[2]
    assert [(each.property, each.old, each.new) for each in replaced.differences] == [("b bytes", "5", "1")]
    assert [change.size for change in changes] == [0, 1, 1, 0]
    assert remembered == {"container x-in": "exists", "blob x-in/a": "e", "blob x-in/b": "e"}


def test_a_blob_of_the_same_size_differs_by_its_content(tmp_path: Path) -> None:
    changes, _ = compare(world(tmp_path, blob("a", b"z")))
    assert changes[2].action is Action.REPLACE
    assert changes[2].differences[0].property == "a content"


def test_a_container_that_is_not_there_is_created_and_one_that_should_exist_is_a_conflict(tmp_path: Path) -> None:
    changes, remembered = compare(world(tmp_path, is_there=False))
    assert seen(changes) == [("create", "container", ()), ("create", "blob", ("a", "b", "c"))]
    assert remembered == {"container x-in": ""}
    changes, _ = compare(world(tmp_path, is_there=False, existing=True))
    assert seen(changes) == [("conflict", "container", ())]
    assert changes[0].reason == "container x-in does not exist"


def test_what_has_the_id_of_a_run_that_has_not_begun_is_not_asked_for(tmp_path: Path) -> None:
    changes, _ = compare(world(tmp_path, blob("a", b"a")), is_new=True)
    assert seen(changes) == [("create", "container", ()), ("create", "blob", ("a", "b", "c"))]


def test_inputs_that_storage_has_lost_are_uploaded_again(tmp_path: Path) -> None:
    staged = {"in": {name: hashlib.md5(name.encode()).hexdigest() for name in "abc"}}  # noqa: S324
    context = world(tmp_path, blob("a", b"a"), blob("b", b"z"))
    before = restaged_changes(context, staged, {}, tasks_ran=False)
    assert seen(before)[1:] == [("create", "blob", ("c",)), ("replace", "blob", ("b",)), ("keep", "blob", ("a",))]
    after = restaged_changes(context, staged, {}, tasks_ran=True)
    assert seen(after)[1:] == [("create", "blob", ("c",)), ("keep", "blob", ("a", "b"))]
