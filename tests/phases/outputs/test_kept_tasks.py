"""What is kept of tasks while their nodes are there, on services in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import NOW, Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.phases.outputs.kept_tasks import tasks_to_keep
from recipebatch.report import FailedTask
from recipebatch.runs import MAX_FILES, MAX_TASKS, OUTPUT_BYTES, KeptTask, RunTasks
from recipebatch.service import TaskFile
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedJob

BEGAN = NOW.isoformat(timespec="seconds")


@dataclass
class Nodes(Batch):
    """A Batch account whose tasks have files with a content; a task with an error cannot be asked for its files."""

    contents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def list_task_files(self, _job_id: str, task_id: str) -> tuple[TaskFile, ...]:
        self.asked.append(task_id)
        if task_id in self.errors:
            raise self.errors[task_id]
        return tuple(TaskFile(name=name, size=len(text)) for name, text in self.contents.get(task_id, {}).items())

    def task_file_from(self, _job_id: str, task_id: str, path: str, *, offset: int) -> bytes | None:
        return self.contents[task_id][path][offset:]


def ran(batch: Nodes, job: PlannedJob) -> Nodes:
    """With a job whose tasks have completed on nodes."""
    batch.create_job(job)
    batch.add_tasks(job.id, job.tasks or ())
    tasks = batch.jobs[job.id]
    for name, task in tasks.items():
        tasks[name] = replace(task, node_id="n1", began=NOW)
    return batch


def kept(batch: Nodes, job: PlannedJob, known: RunTasks | None = None, **options: Any) -> list[KeptTask]:
    failed = options.pop("failed", ())
    plan = a_plan(jobs=(job,), pools=(a_pool(),))
    return tasks_to_keep(plan.jobs, failed, known or RunTasks(), World(plan=plan, batch=batch).context(plan), **options)


ONE = a_job(a_task("one"))


def test_names_sizes_and_the_ends_of_both_outputs_are_kept() -> None:
    files = {"wd/deep/b.csv": b"12", "wd/a.csv": b"1", "stdout.txt": b"hello\n", "stderr.txt": b""}
    (found,) = kept(ran(Nodes(contents={"one": files}), ONE), ONE)
    assert found == KeptTask(
        job_id="j1",
        task_id="one",
        began=BEGAN,
        files={"stderr.txt": 0, "stdout.txt": 6, "wd/a.csv": 1, "wd/deep/b.csv": 2},
        stdout="hello\n",
    )
    assert list(found.files) == ["stderr.txt", "stdout.txt", "wd/a.csv", "wd/deep/b.csv"]


def test_of_much_output_and_many_files_a_part_is_kept() -> None:
    files = {f"wd/{number:03}": b"x" for number in range(MAX_FILES)}
    files |= {"stderr.txt": b"e" * (3 * OUTPUT_BYTES), "stdout.txt": b"out"}
    (found,) = kept(ran(Nodes(contents={"one": files}), ONE), ONE)
    assert (len(found.files), found.more) == (MAX_FILES, 2)
    assert list(found.files)[:3] == ["stderr.txt", "stdout.txt", "wd/000"]
    assert (len(found.stderr), found.is_whole("stderr.txt"), found.is_whole("stdout.txt")) == (
        OUTPUT_BYTES,
        False,
        True,
    )


def test_no_secret_is_kept_in_a_text_or_a_name() -> None:
    secret = Secret("swordfish-of-the-night")
    files = {"stdout.txt": b"it is swordfish-of-the-night\n", "wd/swordfish-of-the-night.txt": b"1"}
    (found,) = kept(ran(Nodes(contents={"one": files}), ONE), ONE)
    assert secret.reveal() not in repr(found)
    assert found.stdout == "it is ***\n"
    assert "wd/***.txt" in found.files


def test_where_the_secrets_are_not_known_nothing_is_read() -> None:
    batch = ran(Nodes(contents={"one": {"stdout.txt": b"out"}}), ONE)
    (found,) = kept(batch, ONE, left_out="the secret pw cannot be read")
    assert (found.files, found.stdout, found.left_out) == ({}, "", "the secret pw cannot be read")
    assert batch.asked == []


def test_failed_tasks_come_first_and_the_first_tasks_are_enough() -> None:
    job = a_job(*(a_task(f"t{number:03}") for number in range(MAX_TASKS + 10)))
    files = {str(task.id): {"stdout.txt": b"out"} for task in job.tasks or ()}
    last = FailedTask(job_id="j1", task_id="t055", exit_code=1, code="F", message="m", node_id="n1", began=BEGAN)
    found = kept(ran(Nodes(contents=files), job), job, failed=[last])
    assert [task.task_id for task in found] == ["t055", *(f"t{number:03}" for number in range(MAX_TASKS - 1))]


def test_a_try_that_is_kept_already_is_not_read_again_and_a_later_one_is() -> None:
    batch = ran(Nodes(contents={"one": {"stdout.txt": b"out"}}), ONE)
    known = RunTasks().with_seen(kept(batch, ONE))
    batch.asked.clear()
    assert kept(batch, ONE, known) == []
    assert batch.asked == []
    batch.jobs["j1"]["one"] = replace(batch.jobs["j1"]["one"], began=NOW.replace(minute=50))
    assert [task.began for task in kept(batch, ONE, known)] == [NOW.replace(minute=50).isoformat(timespec="seconds")]


def test_a_task_that_runs_or_whose_node_lists_nothing_is_not_kept() -> None:
    batch = ran(Nodes(), ONE)
    assert kept(batch, ONE) == []
    batch.jobs["j1"]["one"] = replace(batch.jobs["j1"]["one"], state="running")
    batch.asked.clear()
    assert (kept(batch, ONE), batch.asked) == ([], [])
    assert kept(Nodes(), ONE) == []


def test_a_node_that_answers_with_an_error_is_said_and_a_service_that_does_not_answer_ends_it() -> None:
    batch = ran(Nodes(errors={"one": ServiceError("the node is busy\nwith more")}), ONE)
    (found,) = kept(batch, ONE)
    assert (found.files, found.left_out) == ({}, "its files could not be listed: the node is busy")
    batch.errors["one"] = UnreachableError("no answer")
    with pytest.raises(UnreachableError):
        kept(batch, ONE)
