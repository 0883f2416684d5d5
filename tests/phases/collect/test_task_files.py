"""Files of tasks that are collected, or that are gone, on services in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import md5
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import Batch, World
from plans import a_job, a_plan, a_task

from recipebatch.errors import ServiceError
from recipebatch.phases.collect.task_files import Lost, Remarks, lost_text, task_files
from recipebatch.properties.files import Collect
from recipebatch.service import NodeSnapshot, TaskFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipebatch.phases.collect.task_files import TaskFileItem
    from recipebatch.plan.model import Plan


@dataclass
class FileBatch(Batch):
    """A Batch account with files of tasks.

    Attributes:
        nodes: of its pool; None is no pool.
    """

    nodes: tuple[str, ...] | None = ()
    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    def get_pool(self, pool_id: str) -> Any:
        return None if self.nodes is None else Batch.get_pool(self, pool_id)

    def list_nodes(self, _pool_id: str) -> Any:
        return tuple(NodeSnapshot(id=name, state="idle") for name in self.nodes or ())

    def list_task_files(self, job_id: str, task_id: str) -> tuple[TaskFile, ...]:
        return tuple(
            TaskFile(name=name, size=len(content))
            for (job, task, name), content in self.files.items()
            if (job, task) == (job_id, task_id)
        )

    def read_task_file(self, job_id: str, task_id: str, path: str) -> Iterator[bytes] | None:
        content = self.files.get((job_id, task_id, path))
        return None if content is None else iter([content[:2], content[2:]])


def asking(*names: str) -> Collect:
    return Collect(container=None, task_files=names, include=(), into=".")


def files_of(entry: Collect, root: Path, plan: Plan, batch: Batch, remarks: Remarks) -> list[TaskFileItem]:
    return list(task_files(entry, root, World(plan=plan, batch=batch).context(plan), remarks))


def test_the_files_of_tasks_are_downloaded_into_a_folder_for_each(tmp_path: Path) -> None:
    plan = a_plan(jobs=(a_job(a_task("t"), a_task("u")),))
    batch = FileBatch(files={("j1", "t", "stdout.txt"): b"words", ("j1", "t", "other.txt"): b"x"})
    entry = asking("stdout.txt")
    remarks = Remarks()
    (item,) = files_of(entry, tmp_path, plan, batch, remarks)
    assert item.target == tmp_path / "t" / "stdout.txt"
    assert (item.source, item.size) == ({"job": "j1", "task": "t", "file": "stdout.txt"}, 5)
    assert remarks.notes == ["1 of 2 tasks have no stdout.txt"]
    received: list[int] = []
    with (tmp_path / "part").open("wb+") as file:
        digest = item.fetch(file, received.append)
    assert (tmp_path / "part").read_bytes() == b"words"
    assert digest == md5(b"words", usedforsecurity=False).digest()
    assert received == [2, 3]


def test_tasks_of_one_id_in_two_jobs_have_the_job_in_their_folder(tmp_path: Path) -> None:
    plan = a_plan(jobs=(a_job(a_task("t")), a_job(a_task("t"), logical="second", id="j2")))
    batch = FileBatch(files={("j1", "t", "a"): b"1", ("j2", "t", "a"): b"2"})
    found = files_of(asking("a"), tmp_path, plan, batch, Remarks())
    assert [item.target.relative_to(tmp_path).as_posix() for item in found] == ["job/t/a", "second/t/a"]


PLAN = a_plan(jobs=(a_job(a_task("t"), a_task("u")),))


def a_batch(*, nodes: tuple[str, ...] | None = (), job: bool = True, **files: bytes) -> FileBatch:
    """Both tasks ran on the node n1; `files` are the stdout.txt that are there, by task."""
    batch = FileBatch(nodes=nodes, files={("j1", task, "stdout.txt"): text for task, text in files.items()})
    if job:
        batch.create_job(PLAN.jobs[0])
        batch.add_tasks("j1", PLAN.jobs[0].tasks or ())
        batch.jobs["j1"] = {name: replace(task, node_id="n1") for name, task in batch.jobs["j1"].items()}
    return batch


@pytest.mark.parametrize(
    ("batch", "where"),
    [
        (a_batch(t=b"x", nodes=("n2",)), "its node is gone"),
        (a_batch(t=b"x", nodes=("n1",)), "its files on the node are gone"),
        (a_batch(t=b"x", nodes=None), "its pool p1 is gone"),
        (a_batch(t=b"x", job=False), "its job j1 is gone"),
    ],
)
def test_files_that_went_with_their_node_are_lost_by_name(batch: FileBatch, where: str, tmp_path: Path) -> None:
    remarks = Remarks(ended=True)
    assert len(files_of(asking("stdout.txt"), tmp_path, PLAN, batch, remarks)) == 1
    assert remarks.lost == [f"task u: {where}, and stdout.txt with it"]
    assert remarks.notes[-1].startswith(f"1 task lost the files that collect asks for (u): {where}; `keep_logs`")
    # While tasks run, what is not there may come.
    running = Remarks()
    files_of(asking("stdout.txt"), tmp_path, PLAN, batch, running)
    assert running.lost == []


def test_what_an_earlier_collect_had_is_not_lost_unless_the_task_ran_again(tmp_path: Path) -> None:
    batch = a_batch(nodes=("n2",))
    remarks = Remarks(ended=True, before={"j1": []})
    assert files_of(asking("stdout.txt"), tmp_path, PLAN, batch, remarks) == []
    assert remarks.lost == []
    assert remarks.notes[-1] == "an earlier collect had the files of 2 tasks, which went with their nodes since"
    again = Remarks(ended=True, before={"j1": ["u"]})
    files_of(asking("stdout.txt"), tmp_path, PLAN, batch, again)
    assert again.lost == ["task u: its node is gone, and stdout.txt with it"]


def test_a_task_that_never_ran_has_lost_nothing(tmp_path: Path) -> None:
    batch = a_batch(t=b"x")
    batch.jobs["j1"]["u"] = replace(batch.jobs["j1"]["u"], started=False)
    remarks = Remarks(ended=True)
    files_of(asking("stdout.txt"), tmp_path, PLAN, batch, remarks)
    assert (remarks.lost, remarks.notes) == ([], ["1 of 2 tasks have no stdout.txt"])


def test_a_file_that_no_task_has_is_missing_and_one_that_some_have_is_a_note(tmp_path: Path) -> None:
    remarks = Remarks(ended=True)
    batch = a_batch(t=b"x", u=b"y")
    files_of(asking("stdout.txt", "wd/none.txt"), tmp_path, PLAN, batch, remarks)
    assert remarks.lost == ["no task has wd/none.txt"]
    batch.files["j1", "t", "wd/none.txt"] = b""
    remarks = Remarks(ended=True)
    files_of(asking("stdout.txt", "wd/none.txt"), tmp_path, PLAN, batch, remarks)
    assert (remarks.lost, remarks.notes) == ([], ["1 of 2 tasks have no wd/none.txt"])


def test_a_file_that_goes_while_it_is_collected_is_an_error_and_no_empty_file(tmp_path: Path) -> None:
    batch = a_batch(t=b"x", u=b"y")
    items = files_of(asking("stdout.txt"), tmp_path, PLAN, batch, Remarks())
    batch.files.clear()
    with (tmp_path / "part").open("wb+") as file, pytest.raises(ServiceError, match=r"task t: stdout\.txt is gone"):
        items[0].fetch(file, lambda _size: None)


def test_many_lost_files_are_one_line() -> None:
    lost = [Lost(task=f"t{number}", files=("a",), where="its node is gone") for number in range(1200)]
    assert lost_text(lost).startswith(
        "1,200 tasks lost the files that collect asks for (t0, t1, t2, …): its node is gone; "
    )
