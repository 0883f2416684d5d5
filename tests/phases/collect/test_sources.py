"""What an entry of `collect` selects, on services in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import Blobs, World
from plans import a_container, a_job, a_plan, a_task

from recipebatch.phases.collect.sources import NothingFitsError, collect_items, writers
from recipebatch.phases.collect.task_files import Remarks
from recipebatch.properties.files import Collect, OutputFile

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.phases.collect.sources import CollectItem
    from recipebatch.plan.model import Plan, PlannedTask


def items(entry: Collect, target: Path, plan: Plan, **services: Any) -> tuple[list[CollectItem], list[str]]:
    """The files of the entry, and the lines about what is missing."""
    remarks = Remarks()
    context = World(plan=plan, **services).context(plan)
    return collect_items(entry, target, context, remarks), remarks.notes


def of_container(*include: str) -> Collect:
    return Collect(container="out", task_files=(), include=include, into=".")


def test_the_blobs_of_a_container_have_places_and_their_tasks(tmp_path: Path) -> None:
    file = OutputFile(file_pattern="*", container="out", path="own", upload_condition="taskcompletion")
    plan = a_plan(containers=(a_container("out", "c1"),), jobs=(a_job(a_task("t", output_files=(file,))),))
    found, notes = items(of_container(), tmp_path, plan, blobs=Blobs(containers={"c1": ["own/a.txt", "b.txt"]}))
    assert {item.target.relative_to(tmp_path).as_posix(): item.source for item in found} == {
        "own/a.txt": {"container": "c1", "blob": "own/a.txt", "task": "t"},
        "b.txt": {"container": "c1", "blob": "b.txt"},
    }
    assert notes == []


def test_only_the_blobs_that_match_are_collected_and_an_idle_pattern_is_noted(tmp_path: Path) -> None:
    plan = a_plan(containers=(a_container("out", "c1"),))
    blobs = Blobs(containers={"c1": ["a.txt", "b.csv"]})
    found, notes = items(of_container("*.txt", "*.log"), tmp_path, plan, blobs=blobs)
    assert [item.source["blob"] for item in found] == ["a.txt"]
    assert notes == ["no blob of out matches *.log"]


def test_patterns_that_match_no_blob_stop_the_run_before_its_purge(tmp_path: Path) -> None:
    plan = a_plan(containers=(a_container("out", "c1"),))
    with pytest.raises(NothingFitsError) as raised:
        items(of_container("*.log", "*.md"), tmp_path, plan, blobs=Blobs(containers={"c1": ["a.txt", "b.txt"]}))
    assert raised.value.message == ("collect: no blob of out matches *.log or *.md; it has 2 blobs, such as a.txt")
    assert items(of_container("*.log"), tmp_path, plan, blobs=Blobs(containers={"c1": []})) == (
        [],
        ["no blob of out matches *.log"],
    )


def test_a_blob_that_has_the_name_of_a_folder_is_renamed(tmp_path: Path) -> None:
    plan = a_plan(containers=(a_container("out", "c1"),))
    found, notes = items(of_container(), tmp_path, plan, blobs=Blobs(containers={"c1": ["a", "a/b"]}))
    names = [item.target.relative_to(tmp_path).as_posix() for item in found]
    assert names[0].startswith("a%~")
    assert names[1] == "a/b"
    (note,) = notes
    assert note.startswith("1 file has another name here than its source (")
    assert note.endswith(f"see {tmp_path}/recipebatch-manifest.json")


def test_the_plan_shows_which_task_wrote_a_blob_unless_two_write_to_one_folder() -> None:
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
