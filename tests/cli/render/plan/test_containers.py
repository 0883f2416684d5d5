"""Containers of a plan as text."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from plans import a_plan

from recipebatch.cli.render.plan.containers import container_section, taken_section, taken_text
from recipebatch.cli.render.plan.marks import Marks
from recipebatch.plan.model import MachineInputs, PlannedContainer, PlannedUpload, TakenFile


def container(count: int, **changed: object) -> PlannedContainer:
    uploads = tuple(
        PlannedUpload(blob=f"f{n:04}.txt", source=Path(f"/r/data/f{n:04}.txt"), size=100) for n in range(count)
    )
    settings = {"logical": "in", "name": "x-in", "existing": False, "uploads": uploads}
    return PlannedContainer(**(settings | changed))  # type: ignore[arg-type]


def shown(one: PlannedContainer, *, all_tasks: bool = False, folder: str = "/r") -> list[str]:
    plan = a_plan(containers=(one,))
    object.__setattr__(plan, "takes", MachineInputs(folder=folder))
    return [line for block in container_section(plan, Marks(None), all_tasks=all_tasks).blocks for line in block.lines]


def test_many_files_are_counted_with_their_size_and_folder() -> None:
    assert shown(container(3000)) == [
        "  container in: x-in · 3,000 files, 293.0 KiB",
        "    f0000.txt … f2999.txt · from data/",
    ]
    assert len(shown(container(3000), all_tasks=True)) == 3001


def test_a_few_files_are_listed_with_where_they_are() -> None:
    assert shown(container(1)) == [
        "  container in: x-in · 1 file, 100 B",
        "    f0000.txt · 100 B · data/f0000.txt",
    ]
    assert shown(container(1), folder="/other")[1] == "    f0000.txt · 100 B · /r/data/f0000.txt"
    text = PlannedUpload(blob="t", source=None, size=3, content="abc")
    assert shown(container(0, uploads=(text,)))[1] == "    t · 3 B · a text of the recipe"


def test_files_of_several_folders_say_how_many() -> None:
    uploads = tuple(PlannedUpload(blob=f"b{n}", source=Path(f"/r/{n}/b"), size=1) for n in range(9))
    assert shown(container(0, uploads=uploads))[1] == "    b0 … b8 · from 9 folders"


def test_what_is_special_about_a_container_is_said() -> None:
    assert shown(container(0, existing=True, account="other")) == ["  existing container in: x-in · account other"]
    kept = shown(container(0, retention=timedelta(days=3), identity="/subscriptions/s"))
    assert kept == ["  container in: x-in · kept for 3 days · reached with a managed identity"]


def test_what_is_taken_is_the_same_in_a_section_and_on_its_own() -> None:
    takes = MachineInputs(folder="/r", files=(TakenFile(path="/h/key", use="blob k of in"),), file_count=9)
    lines = [line for block in taken_section(takes).blocks for line in block.lines]
    assert lines == ["  file /h/key: blob k of in", "  … and 8 more files (--json shows all)"]
    assert taken_text(takes) == ["takes from this machine, beyond the recipe's folder:", *lines]
    assert taken_section(MachineInputs(folder="/r")).blocks == ()
